import { expect, test } from 'vitest';
import { scriptableNamesOf, selectTools } from '../../../src/mcp/registry/tool-selection.ts';
import { createTools, listOf } from '../../../src/mcp/registry/tools.ts';
import { ConfigError } from '../../../src/shared/errors.ts';

const entries = listOf(createTools(), 'compact');
const namesOf = (tools: readonly string[], readOnly = false) =>
  selectTools(entries, { tools: [tools], readOnly }).map(({ tool }) => tool.name);

test('without a selection all tools are listed', () => {
  expect(namesOf([])).toEqual(entries.map(({ tool }) => tool.name));
});

test('selected groups and tools are listed in the order of the catalogue', () => {
  expect(namesOf(['DescribeInstanceCategories', 'task-template'])).toEqual([
    'CreateTaskTemplate',
    'DescribeTaskTemplates',
    'ModifyTaskTemplate',
    'DeleteTaskTemplates',
    'DescribeInstanceCategories',
  ]);
});

test('a leading minus excludes a tool from a group or from all tools', () => {
  expect(namesOf(['task-template', '-DeleteTaskTemplates'])).toEqual([
    'CreateTaskTemplate',
    'DescribeTaskTemplates',
    'ModifyTaskTemplate',
  ]);
  expect(namesOf(['-DeleteJob'])).toEqual(
    entries.map(({ tool }) => tool.name).filter((name) => name !== 'DeleteJob'),
  );
});

test('read-only selects the tools that only read', () => {
  expect(namesOf(['task-template'], true)).toEqual(['DescribeTaskTemplates']);
});

test('a name that is neither a group nor a tool is rejected', () => {
  expect(() => namesOf(['jobs'])).toThrow(ConfigError);
});

test('chat selects set tools, and a script may then call every action that was not removed', () => {
  const selection = { tools: [['chat', '-DeleteJob']], readOnly: false };
  const listed = selectTools(entries, selection).map(({ tool }) => tool.name);
  expect(listed).toContain('FindJobs');
  expect(listed).not.toContain('DescribeTask');
  const scriptable = scriptableNamesOf(entries, selection);
  expect(scriptable.has('DescribeTask')).toBe(true);
  expect(scriptable.has('DeleteJob')).toBe(false);
  expect(scriptableNamesOf(entries, { ...selection, readOnly: true }).has('TerminateJob')).toBe(false);
});

test('chat can be combined with tools and groups', () => {
  expect(namesOf(['chat', 'DescribeTask', '-PlanJob'])).toEqual(
    expect.arrayContaining(['FindJobs', 'DescribeTask']),
  );
  expect(namesOf(['chat', '-PlanJob'])).not.toContain('PlanJob');
});

test('with other selections a script may call only what is listed', () => {
  const selection = { tools: [['workflow']], readOnly: false };
  expect([...scriptableNamesOf(entries, selection)]).toEqual(
    selectTools(entries, selection).map(({ tool }) => tool.name),
  );
});
