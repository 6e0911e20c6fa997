/** Task templates, over the wire. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeEach(async () => {
  engine = await startWireEngine();
});
afterEach(async () => {
  expect(engine.defects).toEqual([]);
  await engine.stop();
});

const task = {
  TaskName: 'render',
  Application: { DeliveryForm: 'LOCAL', Command: 'echo 渲染' },
  ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-bd78fy2t' } },
};
const create = async (TaskTemplateName: string, more: object = {}) =>
  String(
    (await engine.call('CreateTaskTemplate', { TaskTemplateName, TaskTemplateInfo: task, ...more })).response
      .TaskTemplateId,
  );
const names = async (input: object) => {
  const { response } = await engine.call('DescribeTaskTemplates', input);
  const set = response.TaskTemplateSet as { TaskTemplateName: string }[];
  return [response.TotalCount, ...set.map((template) => template.TaskTemplateName)];
};

test('a template is returned as it was created, with the service’s defaults', async () => {
  const Tags = [{ Key: 'team', Value: 'film' }];
  const id = await create('frame', { TaskTemplateDescription: 'one frame', Tags });
  expect(id).toMatch(/^task-tmpl-[0-9a-z]{8}$/);
  expect((await engine.call('DescribeTaskTemplates', { TaskTemplateIds: [id] })).response).toEqual({
    TotalCount: 1,
    TaskTemplateSet: [
      {
        TaskTemplateId: id,
        TaskTemplateName: 'frame',
        TaskTemplateDescription: 'one frame',
        TaskTemplateInfo: { ...task, FailedAction: 'TERMINATE', MaxRetryCount: 0 },
        CreateTime: '2026-01-02T03:04:05Z',
        Tags,
      },
    ],
  });
});

test('a secret in a template is not stored', async () => {
  const Docker = { Image: 'a/b:1', User: 'u', Password: 'canary-of-the-test' };
  await engine.call('CreateTaskTemplate', {
    TaskTemplateName: 'secret',
    TaskTemplateInfo: { ...task, Application: { ...task.Application, Docker } },
  });
  const { response } = await engine.call('DescribeTaskTemplates');
  expect(JSON.stringify(response)).toContain('"Password":"******"');
  engine.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(readFileSync(engine.db.file).includes('canary-of-the-test')).toBe(false);
});

test('templates are listed newest first, by page, with the total of all that match', async () => {
  for (const name of ['a', 'b', 'c']) await create(name);
  expect(await names({})).toEqual([3, 'c', 'b', 'a']);
  expect(await names({ Limit: 2 })).toEqual([3, 'c', 'b']);
  expect(await names({ Offset: 2, Limit: 2 })).toEqual([3, 'a']);
  expect(await names({ Offset: 9 })).toEqual([3]);
});

test('all filters must match, each with any of its values', async () => {
  await create('a', { Tags: [{ Key: 'team', Value: 'film' }] });
  await create('b', { Tags: [{ Key: 'team', Value: 'sound' }] });
  await create('c', { Tags: [{ Key: 'owner', Value: 'film' }] });
  const by = (...Filters: { Name: string; Values: string[] }[]) => names({ Filters });
  expect(await by({ Name: 'task-template-name', Values: ['a', 'c'] })).toEqual([2, 'c', 'a']);
  expect(await by({ Name: 'tag-key', Values: ['team'] })).toEqual([2, 'b', 'a']);
  expect(await by({ Name: 'tag-value', Values: ['film'] })).toEqual([2, 'c', 'a']);
  expect(await by({ Name: 'tag:team', Values: ['film'] })).toEqual([1, 'a']);
  expect(
    await by({ Name: 'tag-key', Values: ['team'] }, { Name: 'task-template-name', Values: ['b', 'c'] }),
  ).toEqual([1, 'b']);
});

test('ModifyTaskTemplate changes the given fields only', async () => {
  const id = await create('a', { TaskTemplateDescription: 'before' });
  const info = { ...task, TaskInstanceNum: 3 };
  await engine.call('ModifyTaskTemplate', { TaskTemplateId: id, TaskTemplateInfo: info });
  const { response } = await engine.call('DescribeTaskTemplates', {});
  expect(response.TaskTemplateSet).toMatchObject([
    { TaskTemplateName: 'a', TaskTemplateDescription: 'before', TaskTemplateInfo: info },
  ]);
});

test('DeleteTaskTemplates deletes all templates of the list or none', async () => {
  const ids = [await create('a'), await create('b')];
  const half = await engine.call('DeleteTaskTemplates', { TaskTemplateIds: [ids[0], 'task-tmpl-zzzzzzzz'] });
  expect(half.code).toBe('ResourceNotFound.TaskTemplate');
  expect(await names({})).toEqual([2, 'b', 'a']);
  expect((await engine.call('DeleteTaskTemplates', { TaskTemplateIds: [ids[0], ids[0]] })).response).toEqual(
    {},
  );
  expect(await names({})).toEqual([1, 'b']);
});

test('the fifty-first template is refused until one is deleted', async () => {
  const first = await create('t0');
  for (let n = 1; n < 50; n += 1) await create(`t${n}`);
  const input = { TaskTemplateName: 'more', TaskTemplateInfo: task };
  expect((await engine.call('CreateTaskTemplate', input)).code).toBe('LimitExceeded.TaskTemplateQuota');
  await engine.call('DeleteTaskTemplates', { TaskTemplateIds: [first] });
  expect((await engine.call('CreateTaskTemplate', input)).code).toBeUndefined();
});

test.each([
  [
    'ModifyTaskTemplate',
    { TaskTemplateId: 'task-tmpl-zzzzzzzz', TaskTemplateName: 'x' },
    'ResourceNotFound.TaskTemplate',
  ],
  ['ModifyTaskTemplate', { TaskTemplateId: 'task-tmpl-zzzzzzzz' }, 'InvalidParameterAtLeastOneAttribute'],
  [
    'DescribeTaskTemplates',
    { TaskTemplateIds: ['task-templ-zzzzzzzz'] },
    'InvalidParameter.TaskTemplateIdMalformed',
  ],
  [
    'DescribeTaskTemplates',
    { TaskTemplateIds: ['task-tmpl-zzzzzzzz'], Filters: [{ Name: 'tag-key', Values: ['a'] }] },
    'InvalidParameter.InvalidParameterCombination',
  ],
  ['DescribeTaskTemplates', { Filters: [{ Name: 'color', Values: ['a'] }] }, 'InvalidParameterValue'],
])('%s with %j is refused with %s', async (action, input, code) => {
  expect((await engine.call(action, input)).code).toBe(code);
});
