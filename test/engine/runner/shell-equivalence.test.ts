import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBwrap } from '../../sandbox/bwrap.ts';
import {
  makeDataDir,
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
} from '../running-engine.ts';
import { type ShellScript, shellScripts } from './shell-scripts.ts';

/** What a script did. Its own path, and the numbers of processes, are not compared. */
interface Result {
  readonly code: number | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

/** Names the script file and the working directory alike everywhere. */
const normalized = (text: string, file: string, work: string): string =>
  text.replaceAll(file, 'SCRIPT').replaceAll(work, 'WORK');

const runByShell = (directory: string, { script, variables }: ShellScript): Result => {
  const work = join(directory, 'work');
  const file = join(directory, 'command');
  mkdirSync(work, { recursive: true });
  writeFileSync(file, `${script}\n`);
  // stdin at its end, the environment that the engine gives, no file but the streams, a separate session.
  const child = spawnSync('/usr/bin/setsid', ['--wait', '/bin/sh', file], {
    cwd: work,
    env: { ...environment, HOME: work, TMPDIR: work, PWD: work, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return {
    // A shell reports death by signal n as 128 + n.
    code: child.signal === null ? child.status : 128 + constants.signals[child.signal],
    stdout: normalized(child.stdout, file, work),
    stderr: normalized(child.stderr, file, work),
  };
};

/** Submits all scripts as tasks of one job. */
const runByEngine = async (engine: RunningEngine): Promise<readonly Result[]> => {
  const Tasks = shellScripts.map(({ script, variables = {} }, position) =>
    shellTask(`t${position}`, script, {
      EnvVars: Object.entries(variables).map(([Name, Value]) => ({ Name, Value })),
    }),
  );
  const JobId = await engine.submit({ Tasks });
  await engine.settled(JobId);
  const directory = join(engine.dataDir, 'jobs', JobId);
  return Promise.all(
    shellScripts.map(async (_, position) => {
      const [instance] = await engine.instances(JobId, `t${position}`);
      const { stdout, stderr } = await engine.logs(JobId, `t${position}`);
      const file = join(directory, String(position), 'command');
      const work = join(directory, String(position), '0.1.work');
      return {
        code: instance?.ExitCode,
        stdout: normalized(stdout, file, work),
        stderr: normalized(stderr, file, work),
      };
    }),
  );
};

describe.each([
  ['as a plain process', 'none' as const],
  ['in a sandbox', 'bwrap' as const],
])('a command %s behaves as the same script run by /bin/sh:', (_, sandbox) => {
  let engine: RunningEngine;
  let results: readonly Result[];
  const reference = makeDataDir();
  const isSkipped = sandbox === 'bwrap' && !hasBwrap;
  beforeAll(async () => {
    if (isSkipped) return;
    engine = await startRunningEngine({ sandbox, environment });
    results = await runByEngine(engine);
  }, 60_000);
  afterAll(async () => {
    await engine?.stop();
    if (engine !== undefined) removeDir(engine.dataDir);
    removeDir(reference);
  });
  test.skipIf(isSkipped).each(shellScripts.map((one, position) => ({ ...one, position })))(
    '$title',
    ({ position, ...one }) => {
      expect(results[position]).toEqual(runByShell(join(reference, String(position)), one));
    },
  );
});
