/** A call that changes something ends with the state after it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { fieldsOf, jobOf, startTestEngine, toolboxOver, until } from './harness.ts';

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
/** What was sent since the last call of an action. */
const requestsAfter = (action: string): readonly string[] => {
  const sent = engine.requests.map((request) => request.action);
  return sent.slice(sent.lastIndexOf(action) + 1);
};
const runningJob = async (): Promise<string> => {
  const { JobId } = await call('SubmitJob', jobOf('sleep 300', { TaskInstanceNum: 2 }));
  await until(
    () => call('DescribeJob', { JobId }),
    ({ JobState }) => JobState === 'RUNNING',
  );
  return String(JobId);
};

test('a terminated instance and a terminated job are followed by their state, in one read each', async () => {
  const JobId = await runningJob();
  const instance = await call('TerminateTaskInstance', { JobId, TaskName: 'work', TaskInstanceIndex: 1 });
  expect(instance.after).toMatch(/^(RUNNING|FAILED)$/);
  expect(requestsAfter('TerminateTaskInstance')).toEqual(['DescribeTask']);
  const job = await call('TerminateJob', { JobId });
  expect(job.after).toMatch(/^(RUNNING, TERMINATING|FAILED); instances: 0 done, \d running, \d failed of 2$/);
  expect(job.summary).toBe(`${JobId} is being terminated. Now: ${job.after}.`);
  expect(requestsAfter('TerminateJob')).toEqual(['DescribeJob']);
});

test('an environment that was changed is followed by its nodes, a deleted one by whether it is gone', async () => {
  const EnvData = { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' };
  const ComputeEnv = { EnvName: 'env', DesiredComputeNodeCount: 1, EnvData };
  const { EnvId } = await call('CreateComputeEnv', { Placement: { Zone: 'ap-guangzhou-1' }, ComputeEnv });
  const grown = await call('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 2 });
  expect(grown.after).toMatch(/^\d nodes? \(.*\), 2 wanted$/);
  const deleted = await call('DeleteComputeEnv', { EnvId });
  expect(deleted.after).toMatch(/^(DELETING|it is gone|it still exists)$/);
});

test('a refused call has no state after it', async () => {
  const refused = await call('TerminateJob', { JobId: 'job-00000000' });
  expect(refused.after).toBeUndefined();
});
