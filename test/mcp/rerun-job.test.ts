/** RerunJob and ChangeTemplate over a real engine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../src/mcp/contract/caller.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from './harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let service: ToolService;
let limited: ToolService;
beforeAll(async () => {
  engine = await startTestEngine();
  service = toolboxOver(engine, ['--confirm', 'flag']);
  limited = toolboxOver(engine, ['--max-instances', '2']);
});
afterAll(async () => {
  await Promise.all([service.close(), limited.close()]);
  await engine.stop();
});

const caller: Caller = { name: 'test', signal: new AbortController().signal };
const answerOf = async (tool: string, args: Fields, by = service) => {
  const outcome = await by.call(tool, args, caller);
  if (outcome.kind === 'ask') throw new Error('Nothing is asked here.');
  const { structuredContent: fields, content, isError = false } = outcome.answer;
  return { fields, text: content[0].text, isError };
};
const call = async (tool: string, args: Fields): Promise<Fields> => {
  const { fields, isError, text } = await answerOf(tool, args);
  if (isError) throw new Error(text);
  return fields;
};
const ended = async (JobId: unknown): Promise<Fields> =>
  until(
    () => call('DescribeJob', { JobId }),
    ({ JobState }) => JobState === 'SUCCEED' || JobState === 'FAILED',
  );
const submissions = () => engine.requests.filter(({ action }) => action === 'SubmitJob').length;
/** As the engine has it, with values that this program masks. */
const submitted = async (JobId: unknown): Promise<{ Tasks: Fields[]; Dependences: Fields[] } & Fields> =>
  (await call('DescribeJobSubmitInfo', { JobId, detail: 'full' })) as never;
const changesOf = ({ changes }: Fields) =>
  Object.fromEntries(
    (changes as { rows: [string, string | null, string | null][] }).rows.map(([path, was, now]) => [
      path,
      [was, now],
    ]),
  );

const rowsOf = (fields: Fields, list: string) => (fields[list] as { rows: unknown[][] }).rows;

const env = { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' } };
const taskOf = (TaskName: string, Command: string, more: Fields = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: env,
  ...more,
});
const Placement = { Zone: 'ap-guangzhou-1' };

test('RerunJob corrects a variable of one task, drops what succeeded, keeps the order of the rest, and submits once', async () => {
  const { JobId } = await call('SubmitJob', {
    Placement,
    Job: {
      JobName: 'pipeline',
      Tasks: [
        taskOf('load', 'true'),
        taskOf('train', 'test "$SIZE" = 8', {
          EnvVars: [
            { Name: 'SIZE', Value: '7' },
            { Name: 'EMPTY', Value: '' },
          ],
        }),
        taskOf('report', 'true'),
      ],
      Dependences: [
        { StartTask: 'load', EndTask: 'train' },
        { StartTask: 'train', EndTask: 'report' },
      ],
      TaskExecutionDependOn: 'PRE_TASK_SUCCEED',
    },
  });
  expect((await ended(JobId)).JobState).toBe('FAILED');
  const args = {
    JobId,
    only: 'unsuccessful',
    set: ['train.EnvVars.SIZE=8', 'Timeout=600', 'train.MaxRetryCount=1'],
  };
  const before = submissions();
  const dry = await call('RerunJob', { ...args, dryRun: true });
  expect(dry.summary).toMatch(/^Nothing was submitted\. .*2 tasks, 2 instances\.$/);
  expect(submissions()).toBe(before);
  const again = await call('RerunJob', args);
  expect(submissions()).toBe(before + 1);
  expect(again.dropped).toEqual(['load']);
  expect(changesOf(again)).toEqual({
    'Tasks[train].EnvVars[SIZE].Value': ['(hidden)', '(as given)'],
    'Tasks[train].MaxRetryCount': ['0', '1'],
    'Tasks[train].Timeout': [null, '600'],
    'Tasks[report].Timeout': [null, '600'],
  });
  expect(again.order).toEqual(['train → report']);
  expect(again).toMatchObject({ zone: Placement.Zone });
  expect(again.hidden).toBeUndefined();
  const info = await submitted(again.JobId);
  expect(info.Tasks.map(({ TaskName }) => TaskName)).toEqual(['train', 'report']);
  expect(info.Dependences).toEqual([{ StartTask: 'train', EndTask: 'report' }]);
  expect(info.Tasks[0]?.EnvVars).toHaveLength(2);
  expect((await ended(again.JobId)).JobState).toBe('SUCCEED');
  // What this program submitted it knows completely.
  expect(again.notReturned).toBeUndefined();
  const lines = (await readFile(join(engine.dataDir, 'audit.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.findLast(({ via }) => via === 'RerunJob')).toMatchObject({
    tool: 'SubmitJob',
    outcome: 'ok',
    ClientToken: expect.any(String),
  });
});

test('RerunJob names what the API does not return of a job that another client submitted', async () => {
  const other = toolboxOver({ ...engine, dataDir: `${engine.dataDir}/other` }, []);
  const outcome = await other.call('SubmitJob', jobOf('true'), caller);
  await other.close();
  const { JobId } = outcome.kind === 'answer' ? outcome.answer.structuredContent : {};
  await ended(JobId);
  const again = await call('RerunJob', {
    JobId,
    set: ['JobName=again', 'work.Command=echo a=b', 'InstanceType=S5.MEDIUM4'],
  });
  expect(again.notReturned).toContain('Job.Notifications');
  expect(changesOf(again)).toEqual({
    JobName: ['test', 'again'],
    'Tasks[work].Application.Command': ['true', 'echo a=b'],
    'Tasks[work].ComputeEnv.EnvData.InstanceType': ['S5.SMALL2', 'S5.MEDIUM4'],
  });
});

test.each<readonly [string, Fields, RegExp]>([
  ['a path without meaning', { set: ['wrk.Timeout=5'] }, /set\[0\].*wrk\.Timeout names no field/s],
  ['a change without a value', { set: ['Timeout'] }, /set\[0\].*PATH=VALUE/s],
  ['a misspelt field of a task', { set: ['work.Timout=5'] }, /names no field/],
  ['a misspelt nested field', { set: ['work.ComputeEnv.EnvDta.X=5'] }, /EnvDta.*Did you mean EnvData/s],
  ['a value of the wrong type', { set: ['Timeout=soon'] }, /Job\.Tasks\[0\]\.Timeout.*number/s],
  ['a removal of nothing', { remove: ['EnvVars.NOPE'] }, /remove\[0\].*Nothing is at/s],
  ['nothing that is left', { only: 'unsuccessful' }, /Every task of the job has succeeded/],
])('RerunJob refuses %s, and submits nothing', async (_, args, message) => {
  const { JobId } = await call('SubmitJob', jobOf('true'));
  await ended(JobId);
  const before = submissions();
  const answer = await answerOf('RerunJob', { JobId, ...args });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(message);
  expect(submissions()).toBe(before);
});

test('RerunJob is bound by the limits of the operator', async () => {
  const { JobId } = await call('SubmitJob', jobOf('true'));
  await ended(JobId);
  const before = submissions();
  const answer = await answerOf('RerunJob', { JobId, set: ['TaskInstanceNum=3'] }, limited);
  expect(answer.text).toMatch(/--max-instances/);
  expect(submissions()).toBe(before);
});

test('RerunJob adds the redirect of --log-path to tasks that have none, and says so', async () => {
  const logPath = 'cos://logs-1250000000.cos.ap-guangzhou.myqcloud.com/runs/';
  const storing = toolboxOver(engine, ['--log-path', logPath]);
  const { JobId } = await call('SubmitJob', jobOf('true'));
  const { fields } = await answerOf('RerunJob', { JobId }, storing);
  await storing.close();
  expect(fields.notices).toEqual([expect.stringMatching(/^RedirectInfo was added to 1 task/)]);
  expect((await submitted(fields.JobId)).Tasks[0]?.RedirectInfo).toMatchObject({
    StdoutRedirectPath: logPath,
  });
});

test('RerunJob asks for a secret that the service does not return, and takes it as a change', async () => {
  const Docker = {
    User: 'robot',
    Password: 'not-to-be-shown',
    Image: 'ccr.ccs.tencentyun.com/a/b',
    Server: '',
  };
  const { JobId } = await call(
    'SubmitJob',
    jobOf('true', { Application: { DeliveryForm: 'LOCAL', Command: 'true', Docker } }),
  );
  const refused = await answerOf('RerunJob', { JobId, dryRun: true });
  expect(refused.text).toMatch(/Job\.Tasks\[0\]\.Application\.Docker\.Password.*mask/s);
  const given = await answerOf('RerunJob', {
    JobId,
    dryRun: true,
    set: ['work.Docker.Password=another-one'],
  });
  expect(given.isError).toBe(false);
  expect(given.text).not.toMatch(/another-one|not-to-be-shown/);
});

test('ChangeTemplate changes one field, shows the difference, and leaves the rest and an undo recipe', async () => {
  const info = taskOf('work', 'true', { EnvVars: [{ Name: 'EMPTY', Value: '' }], Timeout: 60 });
  const create = async (name: string) =>
    (await call('CreateTaskTemplate', { TaskTemplateName: name, TaskTemplateInfo: info })).TaskTemplateId;
  const TaskTemplateIds = [await create('nightly'), await create('weekly')];
  const [TaskTemplateId] = TaskTemplateIds;
  const changed = await call('ChangeTemplate', {
    TaskTemplateIds,
    set: ['Timeout=120', 'EnvVars.SIZE=8', 'Command~=true=>echo true'],
  });
  expect(changed.summary).toBe('6 fields of 2 task templates changed, nothing else.');
  expect(rowsOf(changed, 'changes')).toContainEqual([
    TaskTemplateId,
    'TaskTemplateInfo.Timeout',
    '60',
    '120',
  ]);
  expect(rowsOf(changed, 'results')).toEqual(
    TaskTemplateIds.map((id) => [id, 'changed', expect.stringMatching(/^batch:\/\/undo\//)]),
  );
  const { TaskTemplateSet } = await call('DescribeTaskTemplates', {
    TaskTemplateIds: [TaskTemplateId],
    detail: 'full',
  });
  const [template] = TaskTemplateSet as { TaskTemplateInfo: Fields }[];
  expect(template?.TaskTemplateInfo).toMatchObject({ Timeout: 120, Application: { Command: 'echo true' } });
  expect(template?.TaskTemplateInfo.EnvVars).toHaveLength(2);
  const same = await call('ChangeTemplate', { TaskTemplateIds, set: ['Timeout=120'] });
  expect(same.summary).toBe('The values are there already. Nothing was sent.');
  const unknown = await answerOf('ChangeTemplate', {
    TaskTemplateIds: [TaskTemplateId, 'task-tmpl-zzzzzzzz'],
    set: ['Timeout=1'],
  });
  expect(unknown.text).toMatch(/ResourceNotFound\.TaskTemplate/);
});
