import { describe, expect, test } from 'vitest';
import { parameterSetOf, terminateInput } from '../../../src/azure/tools/terminate-input.ts';

const problemsOf = (input: object): readonly string[] =>
  terminateInput.safeParse(input).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ??
  [];

describe('the parameter sets of the cmdlet', () => {
  test.each([
    ['TerminateExpanded', { JobId: 'a' }],
    ['TerminateExpanded', { JobId: 'a', TerminationReason: 'r' }],
    ['Terminate', { JobId: 'a', Option: { TerminationReason: 'r' } }],
    ['Terminate', { JobId: 'a', Option: {} }],
    ['TerminateViaIdentity', { InputObject: { JobId: 'a' }, Option: { TerminationReason: 'r' } }],
    ['TerminateViaIdentityExpanded', { InputObject: { JobId: 'a' } }],
    ['TerminateViaIdentityExpanded', { InputObject: { url: 'https://h/jobs/a' }, TerminationReason: 'r' }],
    ['TerminateViaJsonFilePath', { JobId: 'a', JsonFilePath: 'reason.json' }],
    ['TerminateViaJsonString', { JobId: 'a', JsonString: '{}' }],
  ])('the parameter set %s is formed by %j', (name, input) => {
    expect(parameterSetOf(terminateInput.parse(input))).toBe(name);
  });

  test.each([
    [{}, 'JobId: Pass exactly one of JobId and InputObject.'],
    [{ JobId: 'a', InputObject: { JobId: 'a' } }, 'JobId: Pass exactly one of JobId and InputObject.'],
    [{ InputObject: {} }, 'InputObject: Pass exactly one of JobId and url.'],
    [
      { JobId: 'a', TerminationReason: 'r', Option: {} },
      'Option: Pass at most one of TerminationReason, Option, JsonString, JsonFilePath, not TerminationReason and Option.',
    ],
    [
      { JobId: 'a', JsonString: '{}', JsonFilePath: 'f' },
      'JsonFilePath: Pass at most one of TerminationReason, Option, JsonString, JsonFilePath, not JsonString and JsonFilePath.',
    ],
    [
      { InputObject: { JobId: 'a' }, JsonString: '{}' },
      'JsonString: JsonString goes with JobId; with InputObject pass TerminationReason or Option.',
    ],
    [
      { InputObject: { JobId: 'a' }, JsonFilePath: 'f' },
      'JsonFilePath: JsonFilePath goes with JobId; with InputObject pass TerminationReason or Option.',
    ],
  ])('%j is rejected because it is not a parameter set', (input, problem) => {
    expect(problemsOf(input)).toEqual([problem]);
  });
});

describe('the conditions of AzureTerminateJob', () => {
  const values = {
    IfMatch: '0x1',
    IfNoneMatch: '0x2',
    IfModifiedSince: '2026-11-22T10:00:00Z',
    IfUnmodifiedSince: 'Sun, 22 Nov 2026 10:00:00 GMT',
  };
  const names = Object.keys(values) as (keyof typeof values)[];
  const allowed = ['', ...names, 'IfMatch+IfUnmodifiedSince', 'IfNoneMatch+IfModifiedSince'];
  const combinations = Array.from({ length: 16 }, (_, bits) => names.filter((_name, at) => (bits >> at) & 1));

  test.each(combinations.map((chosen) => [chosen.join('+')]))(
    'the combination of conditions %s is accepted or rejected as documented',
    (combination) => {
      const chosen = names.filter((name) => combination.split('+').includes(name));
      const input = { JobId: 'a', ...Object.fromEntries(chosen.map((name) => [name, values[name]])) };
      const problems = problemsOf(input);
      if (allowed.includes(combination)) expect(problems).toEqual([]);
      else {
        expect(problems).toEqual([
          `${chosen[1]}: ${chosen.join(' and ')} cannot be combined (the service returns MultipleConditionHeadersNotSupported). Use one, or IfMatch with IfUnmodifiedSince, or IfNoneMatch with IfModifiedSince.`,
        ]);
      }
    },
  );
});

describe('the values of arguments of AzureTerminateJob', () => {
  const wrongTime = 'It must be a time such as 2026-11-22T10:00:00Z or Sun, 22 Nov 2026 10:00:00 GMT.';
  const wrongETag = 'An ETag is visible ASCII, passed exactly as it was read.';
  test.each([
    [{ IfModifiedSince: 'yesterday' }, `IfModifiedSince: ${wrongTime}`],
    [{ IfUnmodifiedSince: '2026-02-30T00:00:00Z' }, `IfUnmodifiedSince: ${wrongTime}`],
    [{ Ocpdate: 'Mon, 22 Nov 2026 10:00:00 GMT' }, `Ocpdate: ${wrongTime}`],
    [{ Ocpdate: '2026' }, `Ocpdate: ${wrongTime}`],
    [{ IfMatch: 'a\r\nX-Other: b' }, `IfMatch: ${wrongETag}`],
    [{ IfNoneMatch: '' }, `IfNoneMatch: ${wrongETag}`],
    [
      { JsonString: 'terminateReason' },
      'JsonString: This is not JSON. Pass for instance {"terminateReason":"over budget"}.',
    ],
    [
      { JsonString: '{"terminateReason":"a","force":true}' },
      'JsonString: The JSON may contain only terminateReason, a string of 1 to 1024 characters.',
    ],
    [
      { JsonString: '{"terminateReason":7}' },
      'JsonString: The JSON may contain only terminateReason, a string of 1 to 1024 characters.',
    ],
    [
      { JsonString: '[]' },
      'JsonString: The JSON may contain only terminateReason, a string of 1 to 1024 characters.',
    ],
  ])('%j is refused', (part, problem) => {
    expect(problemsOf({ JobId: 'a', ...part })).toEqual([problem]);
  });

  test.each([[0], [1.5], [2_147_483_648]])('TimeOut %d is rejected', (TimeOut) => {
    expect(problemsOf({ JobId: 'a', TimeOut })).toHaveLength(1);
  });
});
