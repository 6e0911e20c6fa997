/** The generated reference is complete, and its links resolve. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/catalogue/action.ts';
import { errorCodes } from '../../src/catalogue/error-codes.ts';
import { type ActionName, actionNames, actions } from '../../src/catalogue/index.ts';
import { fullReference, referenceOf, replaceSection, toolTable } from '../../src/catalogue/markdown.ts';
import { types } from '../../src/catalogue/shapes/index.ts';
import { visitsOf } from './walk.ts';

/** The nesting level of a field; its list item is indented by two spaces per level. */
const depthOf = (path: string) => path.split('.').length - 1;
const nameOf = (path: string) => (path.split('.').at(-1) ?? '').replaceAll('[]', '');

test('the reference of one action has its description, fields, error codes and examples', () => {
  expect(referenceOf('AttachInstances')).toMatchInlineSnapshot(`
    "# AttachInstances

    Adds running virtual machines of the user to a compute environment. Reinstalls their operating system. Not for spot machines or machines already in an environment.

    - Effect: destructive, requires confirmation. Idempotent.
    - Warning: The operating system of these machines is reinstalled and their UserData reset: all data on them is lost.
    - Rate limit: 20 requests per second and region.
    - Vendor documentation: https://www.tencentcloud.com/document/product/599

    ## Input

    - \`EnvId\` (string, required): The compute environment.
    - \`Instances\` (list of Instance, required, 1 to 100 entries): The machines, at most 100, with image and login.
      - \`InstanceId\` (string, required, not empty): Virtual machine, such as ins-1a2b3c4d.
      - \`ImageId\` (string): Image to reinstall the machine with.
      - \`LoginSettings\` (LoginSettings): Login after the reinstallation.
        - \`Password\` (string, secret): Password: 8 to 16 characters on Linux, 12 to 16 on Windows, of several classes; generated if omitted.
        - \`KeyIds\` (list of string): Id of one key pair, alternative to Password; not on Windows.
        - \`KeepImageLogin\` (string, \`TRUE\` or \`FALSE\`): TRUE: keep the login of the image, which must be a custom image; default FALSE.

    ## Answer

    Values that are not known yet are null.

    - \`RequestId\` (string): Id of this request, for support by the vendor.

    ## Error codes

    - \`InternalError\`: Internal failure of the service. A call that changes something may or may not have been executed. Next: Check with the matching Describe action first; if it was not executed, retry after a few seconds; if it persists, report the RequestId to support.
    - \`InternalError.CallCvm\`: The virtual machine service (CVM) returned an error, which the message usually quotes. Next: Correct what the quoted code names; otherwise check stock with DescribeCvmZoneInstanceConfigInfos and retry.
    - \`InvalidParameter.EnvIdMalformed\`: An EnvId does not have the form env-xxxxxxxx. Next: Use an EnvId from DescribeComputeEnvs.
    - \`InvalidParameterValue.InstanceIdDuplicated\`: The same machine occurs twice in the list. Next: Use each InstanceId once.
    - \`ResourceNotFound.ComputeEnv\`: The compute environment does not exist in this region and account. Next: List them with DescribeComputeEnvs; check Region.
    - \`UnsupportedOperation\`: The resource does not allow the action, usually because of its state. Next: Check the state (DescribeJob, DescribeTask, DescribeComputeEnv) and compare it with batch://reference/{Action}.
    - \`UnsupportedOperation.InstancesNotAllowToAttach\`: A machine cannot be attached: it must be running, billed hourly or monthly, and not in any environment. Next: Omit it, or ask the user to bring it into that state; spot machines cannot be attached.

    ## Example: One machine, with the image to install on it

    AttachInstances with

    \`\`\`json
    {
      "EnvId": "env-2m8fjq4x",
      "Instances": [
        {
          "InstanceId": "ins-dz3t81pw",
          "ImageId": "img-eb30mz89"
        }
      ]
    }
    \`\`\`

    returns

    \`\`\`json
    {
      "RequestId": "a0f5d3c7-9b2e-4186-b4c8-7e61d90f35ab"
    }
    \`\`\`
    "
  `);
});

describe.each(actionNames)('the reference of %s', (name: ActionName) => {
  const text = referenceOf(name);
  const action: Action = actions[name];

  test('shows every field at its depth', () => {
    const paths = [action.input, action.output].flatMap((schema) =>
      visitsOf(schema).flatMap(({ path }) => (path === '' || path.endsWith('[]') ? [] : [path])),
    );
    const missing = paths.filter(
      (path) => !text.includes(`\n${'  '.repeat(depthOf(path))}- \`${nameOf(path)}\` (`),
    );
    expect(missing).toEqual([]);
  });

  test('explains every error code and has every example', () => {
    const parts = [
      ...action.errors.map(
        (code) => `- \`${code}\`: ${errorCodes[code].meaning} Next: ${errorCodes[code].next}`,
      ),
      ...action.examples.map(({ title }) => `## Example: ${title}`),
      ...action.examples.map(({ input }) => JSON.stringify(input, null, 2)),
    ];
    expect(parts.filter((part) => !text.includes(part))).toEqual([]);
  });

  test('contains no undefined values', () => {
    expect(text).not.toMatch(/undefined|\[object|NaN| {3,}$/m);
  });
});

test('the reference marks secret fields', () => {
  expect(referenceOf('SubmitJob')).toContain('`SecretKey` (string, required, secret)');
});

test('the reference shows type and limits of a nullable field', () => {
  expect(referenceOf('SubmitJob')).toMatch(/`ThroughputPerformance` \(integer, may be null, at least 0\)/);
});

describe('the full reference', () => {
  const text = fullReference();
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

  test('has one section for every action and every type', () => {
    const named = headings.filter((heading) => heading in actions || heading in types);
    expect(named.sort()).toEqual([...actionNames, ...Object.keys(types)].sort());
  });

  test('has no broken link', () => {
    const anchors = new Set(headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-')));
    const targets = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(100);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
  });

  test('explains every error code exactly once', () => {
    const counts = Object.keys(errorCodes).map((code) => text.split(`\n- \`${code}\`: `).length - 1);
    expect(new Set(counts)).toEqual(new Set([1]));
  });
});

test('the table of tools has a row for each action and shows which require confirmation', () => {
  const rows = toolTable().split('\n').slice(2);
  expect(rows).toHaveLength(actionNames.length);
  expect(rows.every((row) => row.split('|').length === 5)).toBe(true);
  const confirmed = rows
    .filter((row) => row.includes('requires confirmation'))
    .map((row) => row.match(/`(\w+)`/)?.[1]);
  expect(confirmed).toEqual(actionNames.filter((name) => 'warning' in actions[name]));
});

test('replaceSection replaces a generated section and leaves the surrounding text unchanged', () => {
  const text = 'Before\n<!-- generated:tools -->\nold\n<!-- /generated:tools -->\nAfter';
  const replaced = replaceSection(text, 'tools', 'new $& text');
  expect(replaced).toBe('Before\n<!-- generated:tools -->\nnew $& text\n<!-- /generated:tools -->\nAfter');
  expect(replaceSection(replaced, 'tools', 'new $& text')).toBe(replaced);
});

test.each(['', '<!-- generated:tools -->', '<!-- /generated:tools --><!-- generated:tools -->'])(
  'replaceSection throws if a marker is missing: %j',
  (text) => {
    expect(() => replaceSection(text, 'tools', 'new')).toThrow(/The section tools is missing/);
  },
);
