import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { executableProblemOf, findProgram } from '../../src/shared/find-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-program-'));
const [one, other] = [join(folder, 'one'), join(folder, 'other')];
mkdirSync(one);
mkdirSync(join(other, 'directory'), { recursive: true });
const program = join(other, 'on job');
const plain = join(one, 'on job');
writeFileSync(program, '#!/bin/sh\n');
chmodSync(program, 0o755);
writeFileSync(plain, '');
symlinkSync(program, join(one, 'link'));
symlinkSync(join(one, 'gone'), join(one, 'broken'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a program', () => {
  test('is a file that can be executed, also by a link', () => {
    expect(executableProblemOf(program)).toBeUndefined();
    expect(executableProblemOf(join(one, 'link'))).toBeUndefined();
  });

  test('is searched in the absolute directories of PATH, where a file that cannot be executed is passed over', () => {
    const path = ['.', one, join(folder, 'none'), other].join(delimiter);
    expect(findProgram('on job', path)).toBe(program);
    expect(findProgram('directory', path)).toBeUndefined();
    expect(findProgram('on job', undefined)).toBeUndefined();
  });

  test.each([
    [plain, 'may not be executed by this user'],
    [join(other, 'directory'), 'is not a file'],
    [join(one, 'broken'), 'does not exist'],
    [join(plain, 'below'), 'does not exist'],
  ])('%s is refused', (file, problem) => {
    expect(executableProblemOf(file)).toBe(problem);
  });
});
