/** Lists of calls behind one gate, over a real engine: EndMany. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actions } from '../../src/catalogue/index.ts';
import type { Caller } from '../../src/mcp/contract/caller.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from './harness.ts';
import { tableRowsOf } from './table-rows.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let other: ToolService;
let service: ToolService;
beforeAll(async () => {
  engine = await startTestEngine();
  other = toolboxOver(engine, ['--confirm', 'none']);
  service = toolboxOver(engine, ['--confirm', 'flag']);
});
afterAll(async () => {
  await other.close();
  await service.close();
  await engine.stop();
});

const caller: Caller = { name: 'test', signal: new AbortController().signal };
const answerBy = async (by: ToolService, tool: string, args: Fields, who = caller) => {
  const outcome = await by.call(tool, args, who);
  if (outcome.kind === 'ask') throw new Error('This client is asked inline.');
  return { fields: outcome.answer.structuredContent, text: outcome.answer.content[0].text };
};
const byOther = async (tool: string, args: Fields) => (await answerBy(other, tool, args)).fields;
const endMany = (args: Fields) => answerBy(service, 'EndMany', args);

const newJobs = async (count: number, command = 'sleep 300', state = 'RUNNING'): Promise<string[]> => {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(String((await byOther('SubmitJob', jobOf(command))).JobId));
  }
  for (const JobId of ids) {
    await until(
      () => byOther('DescribeJob', { JobId }),
      ({ JobState }) => JobState === state,
    );
  }
  return ids;
};

interface Preview {
  readonly code?: string;
  readonly target: string;
  readonly targets: readonly string[];
  readonly impact: Fields;
}
const previewOf = ({ fields }: { readonly fields: Fields }): Preview => {
  if (fields.preview === undefined) throw new Error(JSON.stringify(fields));
  return fields.preview as unknown as Preview;
};
/** Result of each target by its id. */
const resultsOf = ({ fields }: { readonly fields: Fields }): Readonly<Record<string, Fields>> =>
  Object.fromEntries(tableRowsOf(fields.results).map((result) => [String(result.target), result]));
const changesSince = (from: number) =>
  engine.requests
    .slice(from)
    .map(({ action }) => action)
    .filter((action) => actions[action as keyof typeof actions].effect !== 'read');

test('One preview shows every job of a list, and one code ends them all, with an undo recipe and a result for each', async () => {
  const ids = await newJobs(3);
  const from = engine.requests.length;
  const shown = await endMany({ action: 'TerminateJob', targets: ids });
  const { code, targets, target, impact } = previewOf(shown);
  expect(target).toBe('TerminateJob of 3 jobs in ap-guangzhou');
  expect(impact).toEqual({ running: 3 });
  for (const id of ids) expect(targets.filter((line) => line.includes(`${id} ("test")`))).toHaveLength(1);
  expect(targets.every((line) => line.includes('RUNNING: 1 running'))).toBe(true);
  expect(changesSince(from)).toEqual([]);

  const done = await endMany({
    action: 'TerminateJob',
    targets: [...ids].reverse(),
    confirm: true,
    preview: code,
  });
  expect(done.fields.summary).toBe('TerminateJob for 3 jobs: 3 done.');
  const results = resultsOf(done);
  for (const id of ids) {
    expect(results[id]).toMatchObject({ result: 'done', undo: expect.stringMatching(/^batch:\/\/undo\//) });
    expect(results[id]?.now).toMatch(/^(FAILED|RUNNING, terminating)$/);
  }
  expect(changesSince(from)).toEqual(['TerminateJob', 'TerminateJob', 'TerminateJob']);
  const again = await endMany({ action: 'TerminateJob', targets: ids, confirm: true, preview: code });
  expect(again.fields.summary).toMatch(/^Nothing was sent\./);
});

test('A code of a list does not confirm another list', async () => {
  const ids = await newJobs(2);
  const { code } = previewOf(await endMany({ action: 'TerminateJob', targets: ids.slice(0, 1) }));
  const from = engine.requests.length;
  const answer = await endMany({ action: 'TerminateJob', targets: ids, confirm: true, preview: code });
  expect(answer.fields.summary).toMatch(/^Nothing was sent\. That code is unknown/);
  expect(changesSince(from)).toEqual([]);
});

test('A target that has changed since the preview is left out and named, and the others are ended', async () => {
  const [changed = '', ...ids] = await newJobs(3);
  const { code } = previewOf(await endMany({ action: 'TerminateJob', targets: [changed, ...ids] }));
  await byOther('TerminateJob', { JobId: changed });
  await until(
    () => byOther('DescribeJob', { JobId: changed }),
    ({ JobState }) => JobState === 'FAILED',
  );
  const from = engine.requests.length;
  const answer = await endMany({
    action: 'TerminateJob',
    targets: [changed, ...ids],
    confirm: true,
    preview: code,
  });
  expect(answer.fields.summary).toBe('TerminateJob for 3 jobs: 2 done, 1 left out.');
  expect(resultsOf(answer)[changed]).toMatchObject({
    result: 'left out',
    note: 'The job has ended (FAILED): there is nothing to terminate.',
  });
  expect(changesSince(from)).toEqual(['TerminateJob', 'TerminateJob']);
});

test('What has ended, and what does not exist, is shown as left out in the preview and is not sent', async () => {
  const [ended = ''] = await newJobs(1, 'true', 'SUCCEED');
  const [running = ''] = await newJobs(1);
  const unknown = 'job-zzzzzzzz';
  const shown = await endMany({ action: 'TerminateJob', targets: [ended, unknown, running] });
  const { code, targets, target } = previewOf(shown);
  expect(target).toBe('TerminateJob of 1 job in ap-guangzhou');
  expect(targets.find((line) => line.includes(ended))).toMatch(/left out\. The job has ended \(SUCCEED\)/);
  expect(targets.find((line) => line.includes(unknown))).toMatch(/left out, ResourceNotFound\.Job/);
  const from = engine.requests.length;
  const args = { action: 'TerminateJob', targets: [ended, unknown, running], confirm: true, preview: code };
  const answer = await endMany(args);
  expect(answer.fields.summary).toBe('TerminateJob for 3 jobs: 1 done, 2 left out.');
  expect(changesSince(from)).toEqual(['TerminateJob']);
  const nothing = await endMany({ action: 'TerminateJob', targets: [ended, unknown] });
  expect(previewOf(nothing).code).toBeUndefined();
  expect(nothing.fields.summary).toMatch(/^Nothing was sent\. There is nothing to do/);
});

test('A refusal of the service for one target is reported beside the results of the others', async () => {
  const ids = await newJobs(2, 'true', 'SUCCEED');
  const [refused = ''] = ids;
  const interrupted = toolboxOver(engine, ['--confirm', 'none'], (client) => ({
    ...client,
    call: async (action, input, options) => {
      if (action === 'DeleteJob' && 'JobId' in input && input.JobId === refused) {
        await byOther('DeleteJob', { JobId: refused });
      }
      return client.call(action, input, options);
    },
  }));
  const answer = await answerBy(interrupted, 'EndMany', { action: 'DeleteJob', targets: ids });
  await interrupted.close();
  expect(answer.fields.summary).toBe('DeleteJob for 2 jobs: 1 done, 1 failed.');
  expect(resultsOf(answer)[refused]).toMatchObject({
    result: 'failed',
    note: expect.stringMatching(/ResourceNotFound\.Job.*RequestId/),
  });
});

test('Nodes, templates and instances are ended by their ids, each by a call that is audited as part of the list', async () => {
  const ComputeEnv = {
    EnvName: 'pool',
    DesiredComputeNodeCount: 3,
    EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' },
  };
  const { EnvId } = await byOther('CreateComputeEnv', { Placement: { Zone: 'ap-guangzhou-1' }, ComputeEnv });
  const env = await until(
    () => byOther('DescribeComputeEnv', { EnvId, detail: 'full' }),
    ({ ComputeNodeSet = [] }) =>
      (ComputeNodeSet as Fields[]).filter((node) => node.ComputeNodeState === 'RUNNING').length === 3,
  );
  const nodes = (env.ComputeNodeSet as Fields[]).slice(0, 2).map((node) => `${EnvId}/${node.ComputeNodeId}`);
  const nodePreview = previewOf(await endMany({ action: 'TerminateComputeNode', targets: nodes }));
  expect(nodePreview.target).toBe('TerminateComputeNode of 2 nodes in ap-guangzhou');
  const ended = await endMany({
    action: 'TerminateComputeNode',
    targets: nodes,
    confirm: true,
    preview: nodePreview.code,
  });
  expect(ended.fields.summary).toBe('TerminateComputeNode for 2 nodes: 2 done.');

  const { JobId } = await byOther('SubmitJob', jobOf('sleep 300', { TaskInstanceNum: 4 }));
  await until(
    () => byOther('DescribeTask', { JobId, TaskName: 'work' }),
    ({ TaskInstanceMetrics }) => (TaskInstanceMetrics as Fields).RunningCount === 4,
  );
  const instances = { action: 'TerminateTaskInstance', targets: [`${JobId}/work/0-1,3`] };
  const instancePreview = previewOf(await endMany(instances));
  expect(instancePreview.target).toBe('TerminateTaskInstance of 3 instances in ap-guangzhou');
  // Submitting the job again would not bring back one instance.
  expect(instancePreview).not.toHaveProperty('recipes');
  const killed = await endMany({ ...instances, confirm: true, preview: instancePreview.code });
  expect(killed.fields.summary).toBe('TerminateTaskInstance for 3 instances: 3 done.');
  expect(killed.text).not.toMatch(/undo/);
  expect(resultsOf(killed)[`${JobId}/work/3`]?.now).toMatch(/^(FAILED|RUNNING, terminating)$/);
  expect(killed.fields.now).toMatch(/^\d (FAILED|RUNNING, terminating)/);
  const [instancesLeft] = killed.fields.instances as readonly string[];
  expect(instancesLeft).toMatch(new RegExp(`^${JobId}/work: .*\\d Running`));

  const lines = (await readFile(join(engine.dataDir, 'audit.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sent = lines.filter(({ via, event }) => via === 'EndMany' && event === 'done');
  expect(
    sent
      .filter(({ tool }) => tool === 'TerminateTaskInstance')
      .map((line) => line.arguments.TaskInstanceIndex),
  ).toEqual([0, 1, 3]);
  expect(sent.filter(({ tool }) => tool === 'TerminateComputeNode')).toHaveLength(2);
});

test('A list that is too long, or names something of another kind, is refused with each wrong target', async () => {
  const from = engine.requests.length;
  const wrong = await endMany({ action: 'DeleteJob', targets: ['job-1a2b3c4d', 'nightly', 'env-1a2b3c4d'] });
  expect((wrong.fields.issues as Fields[]).map(({ path }) => path)).toEqual(['targets[1]', 'targets[2]']);
  const many = await endMany({ action: 'TerminateTaskInstance', targets: ['job-1a2b3c4d/work/0-50'] });
  expect(many.text).toMatch(/51 instances; at most 50/);
  expect(engine.requests.length).toBe(from);
});

test('A user confirms a list with count and kind, and a decline ends it', async () => {
  const ids = await newJobs(2);
  const asked: string[] = [];
  const asking = toolboxOver(engine, []);
  const callerTyping = (text: string | undefined): Caller => ({
    ...caller,
    elicitor: {
      kind: 'inline',
      elicit: async ({ message, confirmationText }) => {
        asked.push(message, confirmationText);
        return text === undefined ? { action: 'decline' } : { action: 'accept', typedText: text };
      },
    },
  });
  const args = { action: 'TerminateJob', targets: ids, confirm: true };
  const done = await answerBy(asking, 'EndMany', args, callerTyping('2 jobs'));
  expect(done.fields.summary).toBe('TerminateJob for 2 jobs: 2 done.');
  expect(asked[1]).toBe('2 jobs');
  for (const id of ids) expect(asked[0]).toContain(id);
  const more = await newJobs(2);
  const declined = await answerBy(asking, 'EndMany', { ...args, targets: more }, callerTyping(undefined));
  expect(declined.fields.decision).toBe('declined');
  // The same targets in another order, or named twice, are the list that was declined.
  for (const targets of [[...more].reverse(), [...more, ...more]]) {
    const again = await answerBy(asking, 'EndMany', { ...args, targets }, callerTyping('2 jobs'));
    expect(again.fields.decision).toBe('blocked');
  }
  await asking.close();
});

test('A list that is interrupted by the end of the session names what was not tried', async () => {
  const ids = await newJobs(3);
  const { code } = previewOf(await endMany({ action: 'TerminateJob', targets: ids }));
  const closing = new AbortController();
  const progress: number[] = [];
  const leaving: Caller = {
    ...caller,
    closing: closing.signal,
    progress: (done) => {
      progress.push(done);
      closing.abort();
    },
  };
  const from = engine.requests.length;
  const args = { action: 'TerminateJob', targets: ids, confirm: true, preview: code };
  const answer = await answerBy(service, 'EndMany', args, leaving);
  expect(answer.fields.summary).toBe('TerminateJob for 3 jobs: 1 done, 2 not tried.');
  expect(resultsOf(answer)[ids[1] ?? '']).toMatchObject({ result: 'not tried', note: 'the session ended' });
  expect(answer.text).toMatch(/Call EndMany again for the targets that were not tried/);
  expect(changesSince(from)).toEqual(['TerminateJob']);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
});

test('A list that is cancelled sends nothing more', async () => {
  const ids = await newJobs(3);
  const { code } = previewOf(await endMany({ action: 'TerminateJob', targets: ids }));
  const cancelled = new AbortController();
  const leaving: Caller = {
    name: 'test',
    signal: cancelled.signal,
    progress: () => cancelled.abort(new Error('cancelled')),
  };
  const from = engine.requests.length;
  const args = { action: 'TerminateJob', targets: ids, confirm: true, preview: code };
  await expect(answerBy(service, 'EndMany', args, leaving)).rejects.toThrow('cancelled');
  expect(changesSince(from)).toEqual(['TerminateJob']);
});

test('A client that answers the form with a later request confirms exactly the list that it was asked about', async () => {
  const ids = await newJobs(2);
  const asking = toolboxOver(engine, []);
  const args = { action: 'TerminateJob', targets: ids, confirm: true };
  const first = await asking.call('EndMany', args, { ...caller, elicitor: { kind: 'multi-round' } });
  if (first.kind !== 'ask') throw new Error('The user has to be asked.');
  expect(first.confirmationText).toBe('2 jobs');
  const replyWith = (state: string): Caller => ({
    ...caller,
    elicitor: { kind: 'multi-round', reply: { state, result: { action: 'accept', typedText: '2 jobs' } } },
  });
  const from = engine.requests.length;
  const moved = await answerBy(asking, 'EndMany', { ...args, targets: ids.slice(1) }, replyWith(first.state));
  expect(moved.fields.decision).toBe('bad_state');
  expect(changesSince(from)).toEqual([]);
  const done = await answerBy(asking, 'EndMany', args, replyWith(first.state));
  expect(done.fields.summary).toBe('TerminateJob for 2 jobs: 2 done.');
  await asking.close();
});
