/** The operator's command as a real process. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createRunCommand } from '../../src/notify/run-command.ts';
import { createLog } from '../../src/shared/log.ts';
import { until } from '../engine/running-engine.ts';
import { eventOf } from './events.ts';

const dir = mkdtempSync(join(tmpdir(), 'batch-mcp-command-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const { signal } = new AbortController();
const run = (script: string, more: { timeoutMs?: number; signal?: AbortSignal; lines?: string[] } = {}) => {
  const lines = more.lines ?? [];
  const log = createLog(
    'info',
    () => [],
    (line) => lines.push(line),
  );
  const deliver = createRunCommand({
    argv: ['/bin/sh', '-c', script, 'sh', 'an argument'],
    cwd: dir,
    environment: {
      PATH: process.env.PATH,
      TENCENTCLOUD_SECRET_KEY: 'key',
      BATCH_MCP_NOTIFY_SECRET: 'secret',
    },
    log,
    ...(more.timeoutMs !== undefined && { timeoutMs: more.timeoutMs }),
  });
  return deliver(eventOf(1, { jobName: 'name $(touch injected); `touch injected`' }), more.signal ?? signal);
};
const textOf = (name: string) => readFileSync(join(dir, name), 'utf8');

describe('the command', () => {
  test('gets the event as one line of JSON, and nothing of a job in its arguments or variables', async () => {
    await run('cat > input; printf "%s\\n" "$@" > arguments; env > variables');
    expect(textOf('input').split('\n')).toHaveLength(2);
    expect(JSON.parse(textOf('input'))).toMatchObject({
      id: eventOf(1).id,
      type: 'job.ended',
      data: { JobName: 'name $(touch injected); `touch injected`' },
    });
    expect(textOf('arguments')).toBe('an argument\n');
    expect(textOf('variables')).not.toMatch(/injected|SECRET/);
    expect(existsSync(join(dir, 'injected'))).toBe(false);
  });

  test('may ignore its input, and end without output', async () => {
    await expect(run('exit 0')).resolves.toBeUndefined();
  });

  test('fails with its exit status and the beginning of its output', async () => {
    await expect(run('echo no route >&2; exit 3')).rejects.toThrow(
      'the notify command ended with status 3: no route',
    );
    await expect(run('kill -9 $$')).rejects.toThrow('ended with signal SIGKILL');
  });

  test('that does not exist is a failure', async () => {
    const deliver = createRunCommand({
      argv: [join(dir, 'missing')],
      cwd: dir,
      environment: {},
      log: createLog('error'),
    });
    await expect(deliver(eventOf(1), signal)).rejects.toThrow('could not be started');
  });

  test('writes to the log, cleaned and up to 4 KB', async () => {
    const lines: string[] = [];
    await run('printf "\\033[31mred\\n"; yes | head -c 100000', { lines });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('the notify command wrote: red');
    expect(lines[0]?.length).toBeLessThan(10_000);
    expect(lines[0]).not.toContain('\u001b');
  });

  test('that runs too long is killed with its process group', async () => {
    await expect(run('echo $$ > group; sleep 600 & sleep 600', { timeoutMs: 1000 })).rejects.toThrow(
      'was still running after 1 s, and was killed',
    );
    await until('the group has ended', () => isGroupGone(Number(textOf('group'))));
  });

  test('that leaves a process with its pipes behind has succeeded all the same', async () => {
    await run('echo $$ > left; sleep 600 & exit 0');
    const group = Number(textOf('left'));
    expect(isGroupGone(group)).toBe(false);
    process.kill(-group, 'SIGKILL');
  });

  test('is killed when the delivery is interrupted', async () => {
    const interrupt = new AbortController();
    const running = run('echo $$ > interrupted; sleep 600', { signal: interrupt.signal });
    const failed = expect(running).rejects.toThrow('was interrupted');
    const group = await until('it runs', () =>
      existsSync(join(dir, 'interrupted')) ? Number(textOf('interrupted')) : undefined,
    );
    interrupt.abort();
    await failed;
    await until('the group has ended', () => isGroupGone(group));
  });
});

const isGroupGone = (group: number): boolean => {
  try {
    process.kill(-group, 0);
    return false;
  } catch {
    return true;
  }
};
