/** The examples on the page of SubmitJob work: what a model copies from it is accepted and runs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SubmitJob } from '../../../src/catalogue/jobs.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { fieldsOf, startTestEngine, toolboxOver, until } from '../harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let toolbox: ToolService;
beforeAll(async () => {
  engine = await startTestEngine();
  toolbox = toolboxOver(engine, ['--confirm', 'none']);
});
afterAll(async () => {
  await toolbox.close();
  await engine.stop();
});

const call = (name: string, args: Fields): Promise<Fields> => fieldsOf(toolbox, name, args);

const inputOf = (start: string): Fields =>
  SubmitJob.examples.find(({ title }) => title.startsWith(start))?.input ?? {};

/** Runs an example and returns the output of one task, by instance. */
const outputOf = async (input: Fields, TaskName: string): Promise<readonly string[]> => {
  const { JobId, ...refusal } = await call('SubmitJob', input);
  expect(JobId, JSON.stringify(refusal)).toBeDefined();
  const job = await until(
    () => call('DescribeJob', { JobId }),
    ({ JobState }) => JobState === 'SUCCEED' || JobState === 'FAILED',
  );
  expect(job).toMatchObject({ JobState: 'SUCCEED' });
  const { TaskInstanceLogSet } = await call('DescribeTaskLogs', {
    JobId,
    TaskName,
    Limit: 10,
    detail: 'full',
  });
  const logs = TaskInstanceLogSet as readonly { readonly StdoutLog: string }[];
  return logs.map(({ StdoutLog }) => /\n(.*)\n/.exec(StdoutLog)?.[1] ?? StdoutLog);
};

test('the example of an array gives each instance its index', async () => {
  expect(await outputOf(inputOf('An array'), 'frame')).toEqual(
    Array.from({ length: 10 }, (_, index) => `frame ${index}`),
  );
});

test('the example of a sweep gives each instance its parameter', async () => {
  expect(await outputOf(inputOf('A sweep'), 'train')).toEqual(['rate 0.1', 'rate 0.01', 'rate 0.001']);
});

test('the example of a DAG runs its tasks in sequence', async () => {
  expect(await outputOf(inputOf('A DAG'), 'sum')).toEqual(['3000']);
});

test('the example with files of a bucket is accepted by the checks of the engine', async () => {
  const plan = await call('PlanJob', inputOf('Files of a bucket'));
  // This engine runs without a sandbox, and only a sandbox has mapped paths; nothing else is wrong.
  const problems = (plan.problems ?? []) as readonly string[];
  expect(problems.filter((problem) => !/sandbox|mapp/i.test(problem))).toEqual([]);
});

test('the example with an environment runs there, with its variable', async () => {
  const { Placement, Job } = inputOf('In an existing environment') as { Placement: Fields; Job: Fields };
  const EnvData = { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' };
  const ComputeEnv = { EnvName: 'env', DesiredComputeNodeCount: 1, EnvData };
  const { EnvId } = await call('CreateComputeEnv', { Placement, ComputeEnv });
  const Tasks = (Job.Tasks as readonly Fields[]).map((task) => ({ ...task, EnvId }));
  expect(await outputOf({ Placement, Job: { ...Job, Tasks } }, 'report')).toEqual(['report of 2024-03']);
});
