import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasBwrap } from '../sandbox/bwrap.ts';
import { ComputeEnv, makeDataDir, Placement, removeDir, startRunningEngine } from './running-engine.ts';

/** Replaces docker: records its arguments and its environment, and runs the command that follows the image. */
const fakeDocker = `#!/bin/sh
[ "$1" = info ] && exit 0
echo "$@" >> "\${0%/*}/calls"
env >> "\${0%/*}/environment"
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
    Command: 'echo in $BATCH_TASK_NAME; echo "$DOCKER_HOST"; echo "${PATH%%:*}:"; echo "$TEXT"',
    Docker: { Image: 'debian:12', Password: 'secret', ...more },
  },
});

test.skipIf(!hasBwrap)(
  'A Docker task runs in its image, without network, with its variables, and with no option that opens the machine.',
  async () => {
    const bin = makeDataDir();
    writeFileSync(join(bin, 'docker'), fakeDocker);
    chmodSync(join(bin, 'docker'), 0o755);
    const environment = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const engine = await startRunningEngine({ docker: true, environment, sandbox: 'auto' });
    const good = {
      ...dockerTask('good', { DockerRunOption: '-u root' }),
      EnvVars: [
        { Name: 'DOCKER_HOST', Value: 'tcp://example.com' },
        { Name: 'PATH', Value: `/evil:${process.env.PATH}` },
        { Name: 'TEXT', Value: "it's\n$HOME" },
      ],
    };
    const JobId = await engine.submit({ Tasks: [good] });
    await engine.settled(JobId);
    expect(await engine.logs(JobId, 'good')).toEqual({
      stdout: "in good\ntcp://example.com\n/evil:\nit's\n$HOME\n",
      stderr: '',
    });
    const calls = readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');
    expect(
      calls.map((call) =>
        call.replaceAll(/-v \S+ |-e \S+ |-w \S+ |--name \S+ /g, '').replace(/debian:12 .*/, 'debian:12'),
      ),
    ).toEqual(['run --rm --init --network none -u root debian:12']);
    const seen = calls.join() + readFileSync(join(bin, 'environment'), 'utf8');
    for (const value of ['secret', 'tcp://example.com', '/evil', "it's"]) expect(seen).not.toContain(value);
    const { Tasks } = await engine.call('DescribeJobSubmitInfo', { JobId });
    expect(Tasks?.[0]?.Application?.Docker?.Password).toBe('******');
    for (const Docker of [
      { Image: 'debian:12', DockerRunOption: '--privileged -v /:/host' },
      { Image: '--privileged' },
    ]) {
      const task = dockerTask('bad');
      const Application = { ...task.Application, Docker };
      expect(
        await engine.codeOf('SubmitJob', { Placement, Job: { Tasks: [{ ...task, Application }] } }),
      ).toBe('InvalidParameterValue');
    }
    await engine.stop();
    removeDir(engine.dataDir);
    removeDir(bin);
  },
);

test('Without a container program, a Docker task fails with a reason that names the remedy.', async () => {
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
