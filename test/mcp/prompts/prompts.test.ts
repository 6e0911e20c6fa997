/** The list of prompts and their texts. */
import { describe, expect, test } from 'vitest';
import type { PromptContext, Values } from '../../../src/mcp/prompts/prompt-texts.ts';
import { fillPrompt, listPrompts } from '../../../src/mcp/prompts/prompts.ts';
import { createTools } from '../../../src/mcp/registry/tools.ts';

const anywhere = { site: 'cn' } as const;
const tools = new Set(createTools().map((tool) => tool.name));
const textOf = (name: string, values: Values, context: PromptContext): string => {
  const filled = fillPrompt(name, values, context, tools);
  return filled !== undefined && 'text' in filled ? filled.text : '';
};
const fullyFilled = (name: string): string => {
  const prompt = listPrompts(tools, {}).find((one) => one.name === name);
  const values = Object.fromEntries(
    (prompt?.arguments ?? []).map((argument) => [argument.name, `<${argument.name}>`]),
  );
  return textOf(name, values, anywhere);
};
const names = listPrompts(tools, {}).map(({ name }) => name);

test('there are seven prompts', () => {
  expect(names).toEqual([
    'submit-job',
    'run-folder',
    'diagnose-job',
    'watch-job',
    'clean-up-jobs',
    'size-compute-env',
    'local-to-cloud',
  ]);
});

test.each(names)('the prompt %s uses all its arguments and mentions only existing tools', (name) => {
  const text = fullyFilled(name);
  const prompt = listPrompts(tools, {}).find((one) => one.name === name);
  expect((prompt?.arguments ?? []).filter((argument) => !text.includes(`<${argument.name}>`))).toEqual([]);
  const named = text.match(/\b(?:[A-Z][a-z]+){2,}\b/g) ?? [];
  const verbs =
    /^(?:Submit|Describe|Create|Delete|Retry|Terminate|Modify|Attach|Detach|Wait|Diagnose|Search|Plan|Stage|Fetch|List|Read)[A-Z]/;
  expect(named.filter((word) => verbs.test(word) && !tools.has(word))).toEqual([]);
});

test('an omitted optional argument leaves no gap in the text', () => {
  expect(textOf('diagnose-job', { JobId: 'job-aaaaaaaa' }, anywhere)).not.toMatch(/undefined|Region|\n\n/);
});

describe('on the international site', () => {
  test.each(['submit-job', 'local-to-cloud'])(
    'the prompt %s begins with the note that there is no SubmitJob',
    (name) => {
      const values = { description: 'a thing', JobId: 'job-aaaaaaaa' };
      const own = name === 'submit-job' ? { description: values.description } : { JobId: values.JobId };
      expect(textOf(name, own, { site: 'intl' }).split('\n')[0]).toContain('has no SubmitJob');
      expect(textOf(name, own, { site: undefined })).not.toContain('has no SubmitJob');
    },
  );
});

test.each([
  ['an unknown prompt', 'nothing', {}, undefined],
  ['a missing argument', 'watch-job', {}, { refusal: 'watch-job needs JobId.' }],
  ['an empty argument', 'watch-job', { JobId: ' ' }, { refusal: 'watch-job needs JobId.' }],
  [
    'an unknown argument',
    'watch-job',
    { JobId: 'job-aaaaaaaa', Job: 'x' },
    { refusal: 'watch-job has no argument Job; it takes JobId, Region.' },
  ],
  [
    'an argument of the size of a file',
    'submit-job',
    { description: 'x'.repeat(20_001) },
    { refusal: 'description has more than 20000 characters; put it into a file and name that.' },
  ],
])('a request with %s is rejected', (_, name, values, refusal) => {
  expect(fillPrompt(name, values, anywhere, tools)).toEqual(refusal);
});
