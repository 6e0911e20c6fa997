/** The catalogue as Markdown: nothing is left out, every link leads somewhere. */
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/catalogue/action.ts';
import { errorCodes } from '../../src/catalogue/error-codes.ts';
import { type ActionName, actionNames, actions } from '../../src/catalogue/index.ts';
import { referenceOf, toolTable, wholeReference, withSection } from '../../src/catalogue/markdown.ts';
import { types } from '../../src/catalogue/shapes/index.ts';
import { visitsOf } from './walk.ts';

/** How deep a field lies: its list item is indented by two blanks for each level. */
const depthOf = (path: string) => path.split('.').length - 1;
const nameOf = (path: string) => (path.split('.').at(-1) ?? '').replaceAll('[]', '');

test('an action is written out whole', () => {
  expect(referenceOf('AttachInstances')).toMatchInlineSnapshot(`
    "# AttachInstances

    Adds running virtual machines of the user to a compute environment. Reinstalls their operating system. Not for spot machines, nor for those already in an environment.

    - Effect: destroys, asks first. Sent again, it leaves things as the first call did.
    - Before saying yes: The operating system of these machines is reinstalled and their UserData reset: what is on them is lost.
    - Rate: 20 requests a second in a region.
    - Vendor's page: https://www.tencentcloud.com/document/product/599

    ## Input

    - \`EnvId\` (string, required): The compute environment.
    - \`Instances\` (list of Instance, required, 1 to 100 entries): The machines, at most 100, with image and login.
      - \`InstanceId\` (string, required, not empty): Virtual machine, as in ins-1a2b3c4d.
      - \`ImageId\` (string): Image the machine is installed with again.
      - \`LoginSettings\` (LoginSettings): How to log in to it afterwards.
        - \`Password\` (string, secret): Password: 8 to 16 characters on Linux, 12 to 16 on Windows, of several kinds; made up when absent.
        - \`KeyIds\` (list of string): Id of the one key pair to log in with instead; not on Windows.
        - \`KeepImageLogin\` (string, \`TRUE\` or \`FALSE\`): TRUE: keep the login of the image, which must be your own; default FALSE.

    ## Answer

    A value that is not known yet is null.

    - \`RequestId\` (string): Id of this request; name it when asking the vendor for support.

    ## Error codes

    - \`InternalError\`: Something failed inside the service. A changing call may have been carried out or not. Next: Look first with the matching Describe action; if it was not done, call again after some seconds; give the RequestId to support if it stays.
    - \`InternalError.CallCvm\`: The virtual machine service (CVM) answered with an error, which the message mostly quotes. Next: Correct what the quoted code names; otherwise check stock with DescribeCvmZoneInstanceConfigInfos and call again.
    - \`InvalidParameter.EnvIdMalformed\`: A compute environment id is not of the form env-xxxxxxxx. Next: Take EnvId from DescribeComputeEnvs.
    - \`InvalidParameterValue.InstanceIdDuplicated\`: The same machine stands twice in the list. Next: Name each InstanceId once.
    - \`ResourceNotFound.ComputeEnv\`: There is no such compute environment in this region under this account. Next: List them with DescribeComputeEnvs; check Region.
    - \`UnsupportedOperation\`: The action cannot be done on this thing as it is, mostly because of its state. Next: Look at the state (DescribeJob, DescribeTask, DescribeComputeEnv) and compare it with what batch://reference/{Action} demands.
    - \`UnsupportedOperation.InstancesNotAllowToAttach\`: A machine cannot join: it must run, be paid by the hour or month, and belong to no environment yet. Next: Leave it out, or have the user bring it into that state; spot machines can never join.

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

    answers

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

  test('explains every code, and has every example', () => {
    const parts = [
      ...action.errors.map(
        (code) => `- \`${code}\`: ${errorCodes[code].meaning} Next: ${errorCodes[code].next}`,
      ),
      ...action.examples.map(({ title }) => `## Example: ${title}`),
      ...action.examples.map(({ input }) => JSON.stringify(input, null, 2)),
    ];
    expect(parts.filter((part) => !text.includes(part))).toEqual([]);
  });

  test('says nothing undefined', () => {
    expect(text).not.toMatch(/undefined|\[object|NaN| {3,}$/m);
  });
});

test('a secret is marked as one', () => {
  expect(referenceOf('SubmitJob')).toContain('`SecretKey` (string, required, secret)');
});

test('a field that may be null keeps its type and limits', () => {
  expect(referenceOf('SubmitJob')).toMatch(/`ThroughputPerformance` \(integer, may be null, at least 0\)/);
});

describe('the whole reference', () => {
  const text = wholeReference();
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

  test('has every action and every type once', () => {
    const named = headings.filter((heading) => heading in actions || heading in types);
    expect(named.sort()).toEqual([...actionNames, ...Object.keys(types)].sort());
  });

  test('has no link that leads nowhere', () => {
    const anchors = new Set(headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-')));
    const targets = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(100);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
  });

  test('explains every code once', () => {
    const counts = Object.keys(errorCodes).map((code) => text.split(`\n- \`${code}\`: `).length - 1);
    expect(new Set(counts)).toEqual(new Set([1]));
  });
});

test('the table of tools has a row for each action, and says which ask first', () => {
  const rows = toolTable().split('\n').slice(2);
  expect(rows).toHaveLength(actionNames.length);
  expect(rows.every((row) => row.split('|').length === 5)).toBe(true);
  const asking = rows.filter((row) => row.includes('asks first')).map((row) => row.match(/`(\w+)`/)?.[1]);
  expect(asking).toEqual(actionNames.filter((name) => 'warning' in actions[name]));
});

test('a generated section is replaced, and nothing around it', () => {
  const text = 'Before\n<!-- generated:tools -->\nold\n<!-- /generated:tools -->\nAfter';
  const once = withSection(text, 'tools', 'new $& text');
  expect(once).toBe('Before\n<!-- generated:tools -->\nnew $& text\n<!-- /generated:tools -->\nAfter');
  expect(withSection(once, 'tools', 'new $& text')).toBe(once);
});

test.each(['', '<!-- generated:tools -->', '<!-- /generated:tools --><!-- generated:tools -->'])(
  'a text without the place is refused: %j',
  (text) => {
    expect(() => withSection(text, 'tools', 'new')).toThrow(/There is no place for tools/);
  },
);
