import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  claimRunFile,
  layRunFile,
  readRunFile,
} from '../../../../src/engine/runner/processes/status-file.ts';
import { wrapperScript } from '../../../../src/engine/runner/processes/wrapper.ts';
import { createSettings } from '../../../../src/engine/settings.ts';
import { type AttemptFiles, attemptFilesOf, taskDirOf } from '../../../../src/engine/store/instance-files.ts';
import { makeDataDir, removeDir } from '../../running-engine.ts';

let dataDir: string;
let command: string;
const name = { jobId: 'job-00000001', position: 0, work: 'place' };
const filesOf = (idx: number): AttemptFiles => attemptFilesOf(dataDir, { ...name, idx, attempt: 1 });
const script = () => wrapperScript(createSettings({ dataDir, engineId: 'test' }).limits);
const wrapperOf = (files: AttemptFiles) => ['-c', script(), 'batch', files.work, command, files.name];
const wrap = (files: AttemptFiles) => spawnSync('/bin/sh', wrapperOf(files), { stdio: 'ignore' });

beforeEach(() => {
  dataDir = makeDataDir();
  command = join(taskDirOf(dataDir, name), 'command');
  spawnSync('mkdir', ['-p', dirname(command)]);
  writeFileSync(command, 'echo ran; exit 5\n');
});
afterEach(() => removeDir(dataDir));
const output = () => readFileSync(filesOf(0).written.stdout, 'utf8');

test('a wrapper owns the attempt the file was laid for, and says how its command ended', () => {
  const files = filesOf(0);
  layRunFile(files);
  expect(readRunFile(files)).toEqual({ isEngines: false, pid: undefined, code: undefined });
  const { pid, status } = wrap(files);
  expect({ ...readRunFile(files), status }).toEqual({ isEngines: false, pid, code: 5, status: 5 });
  expect(claimRunFile(files)).toBe(false);
});

test('of many wrappers of one attempt exactly one runs the command', async () => {
  const files = filesOf(0);
  for (let round = 0; round < 10; round += 1) {
    writeFileSync(files.written.stdout, '');
    layRunFile(files);
    const run = () => promisify(execFile)('/bin/sh', wrapperOf(files)).catch((error) => error.code);
    const codes = await Promise.all(Array.from({ length: 8 }, run));
    expect(codes.sort()).toEqual([125, 125, 125, 125, 125, 125, 125, 5]);
    expect(output()).toBe('ran\n');
  }
});

test('a wrapper that comes after an engine has taken the attempt does nothing', () => {
  const files = filesOf(0);
  layRunFile(files);
  expect(claimRunFile(files)).toBe(true);
  expect(wrap(files).status).toBe(125);
  expect(readRunFile(files)).toEqual({ isEngines: true, pid: undefined, code: undefined });
  expect(claimRunFile(files)).toBe(true);
});

test('a wrapper that is late for an earlier attempt in the same place does nothing, and does no harm', () => {
  const [early, later] = [filesOf(0), filesOf(1)];
  layRunFile(early);
  expect(claimRunFile(early)).toBe(true);
  layRunFile(later);
  expect(readRunFile(early)).toBe(undefined);
  expect(wrap(early).status).toBe(125);
  expect(readRunFile(later)).toEqual({ isEngines: false, pid: undefined, code: undefined });
  expect(wrap(later).status).toBe(5);
  expect(readRunFile(later)?.code).toBe(5);
  expect(output()).toBe('ran\n');
});

test('an attempt whose file was never laid has not begun, and never will', () => {
  expect(claimRunFile(filesOf(0))).toBe(true);
  expect(wrap(filesOf(0)).status).toBe(125);
  layRunFile(filesOf(1));
  wrap(filesOf(1));
  expect(claimRunFile(filesOf(0))).toBe(true);
});

test('an attempt whose file cannot be looked at is not taken', () => {
  const tooLong = attemptFilesOf(join(dataDir, 'x'.repeat(5000)), { ...name, idx: 0, attempt: 1 });
  expect([readRunFile(tooLong), claimRunFile(tooLong)]).toEqual([undefined, false]);
});

test('the file stays the same one, and short, however many attempts it has served', () => {
  layRunFile(filesOf(0));
  const { ino } = statSync(filesOf(0).run);
  for (let idx = 0; idx < 20; idx += 1) {
    layRunFile(filesOf(idx));
    wrap(filesOf(idx));
    expect(readRunFile(filesOf(idx))?.code).toBe(5);
  }
  const { ino: after, size } = statSync(filesOf(0).run);
  expect({ after, isShort: size < 100 }).toEqual({ after: ino, isShort: true });
});
