import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasBwrap } from '../sandbox/bwrap.ts';
import { ComputeEnv, makeDataDir, removeDir, startRunningEngine } from './running-engine.ts';

/** Stands where docker would: writes down how it was called and runs the command behind the image. */
const standIn = `#!/bin/sh
[ "$1" = info ] && exit 0
echo "$@" >> "$(dirname "$0")/calls"
[ "$1" = run ] || exit 0
shift
while :; do
  case $1 in
    --rm|--init) shift;;
    --*|-?) shift 2;;
    *) shift; exec "$@";;
  esac
done
`;

const dockerTask = (TaskName: string, more: { DockerRunOption?: string } = {}) => ({
  TaskName,
  ComputeEnv,
  Application: {
    DeliveryForm: 'LOCAL' as const,
    Command: 'echo in $BATCH_TASK_NAME',
    Docker: { Image: 'debian:12', Password: 'secret', ...more },
  },
});

test.skipIf(!hasBwrap)(
  'a Docker task runs in its image, without network, with its variables, and with no option that opens the machine',
  async () => {
    const bin = makeDataDir();
    writeFileSync(join(bin, 'docker'), standIn);
    chmodSync(join(bin, 'docker'), 0o755);
    const environment = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const engine = await startRunningEngine({ docker: true, environment, sandbox: 'auto' });
    const JobId = await engine.submit({
      Tasks: [
        dockerTask('good', { DockerRunOption: '-u root' }),
        dockerTask('bad', { DockerRunOption: '--privileged -v /:/host' }),
      ],
    });
    await engine.settled(JobId);
    expect(await engine.logs(JobId, 'good')).toEqual({ stdout: 'in good\n', stderr: '' });
    expect((await engine.instances(JobId, 'bad'))[0]).toMatchObject({
      TaskInstanceState: 'FAILED',
      StateDetailedReason:
        'DockerRunOption: the local engine passes on `-u USER` alone, not `--privileged -v /:/host`',
    });
    const calls = readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');
    expect(
      calls.map((call) =>
        call.replaceAll(/-v \S+ |-e \S+ |-w \S+ |--name \S+ /g, '').replace(/debian:12 .*/, 'debian:12'),
      ),
    ).toEqual(['run --rm --init --network none -u root debian:12']);
    expect(calls.join()).not.toContain('secret');
    const { Tasks } = await engine.call('DescribeJobSubmitInfo', { JobId });
    expect(Tasks?.[0]?.Application?.Docker?.Password).toBe('******');
    await engine.stop();
    removeDir(engine.dataDir);
    removeDir(bin);
  },
);

test('without a container program, a Docker task fails and says what to do', async () => {
  const engine = await startRunningEngine();
  const JobId = await engine.submit({ Tasks: [dockerTask('none')] });
  await engine.settled(JobId);
  expect((await engine.instances(JobId, 'none'))[0]).toMatchObject({
    TaskInstanceState: 'FAILED',
    StateDetailedReason:
      'Docker: this engine runs no containers. Start it with `--docker` where docker or podman is installed, or let the command run without Docker.',
  });
  await engine.stop();
  removeDir(engine.dataDir);
});
