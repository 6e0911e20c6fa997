/** The reference page of RunScript: complete, short, and its examples run. */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { createTools, listOf } from '../../../src/mcp/registry/tools.ts';
import { pagedListOf, scriptFunctionsOf } from '../../../src/mcp/script/script-functions.ts';
import { scriptReferenceOf } from '../../../src/mcp/script/script-reference.ts';
import { jobOf, startTestEngine, toolboxOver, until } from '../harness.ts';

const tools = new Map(createTools().map((tool) => [tool.name, tool]));
const page = scriptReferenceOf(tools);

test('the reference page of RunScript has at most 1,100 tokens', () => {
  expect(encode(page).length).toBeLessThanOrEqual(1_100);
});

test('the list entry of RunScript has at most 300 tokens, also in read-only mode', () => {
  const [entry] = listOf(
    createTools().filter(({ name }) => name === 'RunScript'),
    'compact',
  );
  for (const tool of [entry?.tool, entry?.readOnly]) {
    expect(encode(JSON.stringify(tool)).length).toBeLessThanOrEqual(300);
  }
});

test('the reference page of RunScript names every function, and the list that all() returns', () => {
  const functions = [...scriptFunctionsOf(tools).keys()];
  expect(functions.filter((name) => !new RegExp(`\\b${name}[+!]*[(,]`).test(page))).toEqual([]);
  const lists = functions.flatMap((name) => pagedListOf(name)?.list ?? []);
  expect(lists.length).toBeGreaterThan(5);
  expect(lists.filter((list) => !page.includes(`*${list}[`))).toEqual([]);
});

test('the reference page of RunScript names only functions that the operator allows', () => {
  const few = new Map([...tools].filter(([name]) => name === 'DescribeJobs' || name === 'RunScript'));
  const short = scriptReferenceOf(few);
  expect(short.match(/^- \w+/gm)).toEqual(['- DescribeJobs']);
});

test('the examples of the reference page run', async () => {
  const engine = await startTestEngine();
  const service = toolboxOver(engine, ['--confirm', 'flag']);
  const caller = { name: 'test', signal: new AbortController().signal };
  const call = async (tool: string, args: object) => {
    const outcome = await service.call(tool, { ...args }, caller);
    if (outcome.kind === 'ask') throw new Error('This client cannot be asked.');
    return outcome.answer.structuredContent;
  };
  try {
    const { JobId } = await call('SubmitJob', jobOf('exit 1'));
    await until(
      () => call('DescribeJob', { JobId }),
      ({ JobState }) => JobState === 'FAILED',
    );
    const examples = [...page.matchAll(/```js\n(.*?)\n```/gs)].map(([, text = '']) =>
      text.replace('job-1a2b3c4d', String(JobId)),
    );
    expect(examples).toHaveLength(2);
    const results = [];
    for (const script of examples) results.push((await call('RunScript', { script })).result);
    expect(results).toEqual([[[0, expect.any(Number)]], 1]);
  } finally {
    await service.close();
    await engine.stop();
  }
});
