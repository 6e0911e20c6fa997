import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorkspaceRemoval } from '../../../../src/engine/runner/processes/remove-files.ts';
import { createTimers, type Timers } from '../../../../src/engine/runner/processes/timers.ts';
import { attemptFilesOf } from '../../../../src/engine/store/instance-files.ts';
import { makeDataDir, removeDir, until } from '../../running-engine.ts';

let dataDir: string;
let timers: Timers;
beforeEach(() => {
  dataDir = makeDataDir();
  timers = createTimers();
});
afterEach(() => {
  timers.stop();
  removeDir(dataDir);
});

const workspaceOf = (index: number) => {
  const files = attemptFilesOf(dataDir, { jobId: 'job-1', position: 0, index, attempt: 1 });
  mkdirSync(files.work, { recursive: true });
  return files;
};

test('a workspace with files is deleted as soon as the attempt has ended, an empty one when little starts', async () => {
  const { remove } = createWorkspaceRemoval(timers);
  const full = workspaceOf(0);
  const empty = workspaceOf(1);
  writeFileSync(join(full.work, 'result'), 'x');
  remove(empty);
  remove(full);
  await until('the one with files is deleted', () => !existsSync(full.work));
  await until('the empty one is deleted', () => !existsSync(empty.work));
});

test('the scratch directories of an attempt are deleted with its workspace', async () => {
  const files = workspaceOf(0);
  mkdirSync(join(files.scratch, 'output'), { recursive: true });
  createWorkspaceRemoval(timers).remove(files);
  await until('both are deleted', () => !existsSync(files.work) && !existsSync(files.scratch));
});

test('an empty workspace that gets a file before it is deleted is deleted with it', async () => {
  const { remove } = createWorkspaceRemoval(timers);
  const { work } = workspaceOf(0);
  remove(workspaceOf(0));
  writeFileSync(join(work, 'late'), 'x');
  await until('it is deleted', () => !existsSync(work));
});

test('of many empty workspaces the oldest are deleted at once', async () => {
  // Timers that have ended: nothing is ever quiet.
  timers.stop();
  const { remove } = createWorkspaceRemoval(timers);
  const all = Array.from({ length: 1002 }, (_, index) => workspaceOf(index));
  for (const files of all) remove(files);
  await until('two are deleted', () => !existsSync(all[1]?.work ?? ''));
  expect(all.filter(({ work }) => existsSync(work))).toHaveLength(1000);
});
