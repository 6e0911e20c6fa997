/** What `batch-mcp doctor` says of the output of Slurm's programs. The texts are those of Slurm 22.05.8. */
import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../../src/engine/runner/slurm/client.ts';
import {
  commandsFindingOf,
  configFindingsOf,
  controllerFindingOf,
  partitionsFindingOf,
  tableFindingOf,
} from '../../../../src/engine/runner/slurm/findings.ts';

const result = (code: number | undefined, stdout = '', stderr = ''): CommandResult => ({
  code,
  stdout,
  stderr,
});

describe('the programs of Slurm', () => {
  const all = (sbatch: CommandResult) => {
    const other = result(0, 'slurm-wlm 22.05.8\n');
    return { sbatch, squeue: other, scancel: other, scontrol: other };
  };

  test('are found in the version that was tested', () => {
    expect(commandsFindingOf(all(result(0, 'slurm-wlm 22.05.8\n')))).toEqual({
      name: 'commands',
      state: 'ok',
      found: 'sbatch, squeue, scancel, scontrol 22.05.8',
    });
  });

  test.each([['slurm 23.11.4\n'], ['something else\n']])(
    'are found in another version, %j: a warning',
    (text) => {
      const found = commandsFindingOf(all(result(0, text)));
      expect(found.state).toBe('warning');
      expect(found.found).toContain('was tested with 22.05.8');
      expect(found.next).toContain('small job');
    },
  );

  test('are not found: the missing one is named, with what to do', () => {
    const missing = result(undefined, '', 'it could not be started: spawn sbatch ENOENT');
    const found = commandsFindingOf(all(missing));
    expect(found).toMatchObject({ name: 'commands', state: 'failed' });
    expect(found.found).toBe('sbatch of Slurm cannot be run: it could not be started: spawn sbatch ENOENT');
    expect(found.next).toContain('PATH');
  });
});

test.each([
  [result(0, 'Slurmctld(primary) at vm is UP\n'), 'ok', 'Slurmctld(primary) at vm is UP'],
  [
    result(0, 'Slurmctld(primary) at a is DOWN\nSlurmctld(backup) at b is UP\n'),
    'ok',
    'Slurmctld(backup) at b is UP',
  ],
  [result(1, 'Slurmctld(primary) at vm is DOWN\n'), 'failed', 'Slurmctld(primary) at vm is DOWN'],
  [result(1, '', 'scontrol: error: no config\n'), 'failed', 'scontrol: error: no config'],
  [result(undefined), 'failed', 'no answer'],
])('the controller that answers %j is %s', (ping, state, found) => {
  const finding = controllerFindingOf(ping);
  expect(finding).toMatchObject({ name: 'controller', state, found });
  expect(finding.next !== undefined).toBe(state === 'failed');
});

describe('the partition', () => {
  const text = 'main*|up|3|idle\nmain*|up|1|drained\nother|up|1|down*\nclosed|down|2|idle\n';
  test.each([
    [undefined, 'ok', 'main (default of the cluster): 3 of 4 nodes can run jobs'],
    ['other', 'warning', 'other: 0 of 1 nodes can run jobs'],
    ['closed', 'warning', 'closed: 2 of 2 nodes can run jobs; the partition is down'],
    ['absent', 'failed', 'there is no partition absent'],
  ])('%s', (wanted, state, found) => {
    expect(partitionsFindingOf(text, wanted)).toMatchObject({ state, found });
  });

  test('of a cluster without a default has to be set; those that exist are named', () => {
    const finding = partitionsFindingOf('a|up|1|idle\nb|up|1|idle\n', undefined);
    expect(finding).toMatchObject({ state: 'failed', found: 'the cluster has no default partition' });
    expect(finding.next).toContain('you see a, b');
  });
});

describe('the settings of the cluster', () => {
  const config = (size: string, storage: string, age: string): string =>
    `AccountingStorageType   = ${storage}\nMaxArraySize            = ${size}\nMinJobAge               = ${age}\nSLURM_VERSION           = 22.05.8\n`;
  const foundIn = (text: string) =>
    configFindingsOf(text).map(({ name, state, found }) => `${state} ${name}: ${found}`);

  test('with accounting and the default sizes', () => {
    expect(foundIn(config('1001', 'accounting_storage/slurmdbd', '300 sec'))).toEqual([
      'ok arrays: MaxArraySize 1001: up to 1000 instances in one array; larger tasks use several',
      'ok accounting: on; the engine does not need it, and does not use it',
    ]);
  });

  test('without arrays, accounting and memory of ended jobs', () => {
    expect(foundIn(config('0', 'accounting_storage/none', '10 sec'))).toEqual([
      'failed arrays: MaxArraySize is 0: job arrays are not allowed',
      'ok accounting: off; the engine does not need it',
      'warning memory: Slurm forgets ended jobs after 10 s (MinJobAge)',
    ]);
  });

  test('that cannot be read are a warning', () => {
    expect(foundIn('')[0]).toBe('warning arrays: MaxArraySize is not shown');
  });
});

describe('the table of --slurm-options', () => {
  test('is accepted, also where its nodes are down at present', () => {
    const down = 'allocation failure: Requested node configuration is not available\n';
    const entries = [
      { name: 'defaults', code: 0, stderr: '' },
      { name: 'environments.gpu', code: 1, stderr: down },
    ];
    expect(tableFindingOf(entries)).toMatchObject({
      state: 'ok',
      found: 'Slurm accepts defaults, environments.gpu',
    });
  });

  test('has an entry that Slurm refuses: it is named with the reason', () => {
    const stderr =
      'sbatch: error: invalid partition specified: nope\nallocation failure: Invalid partition name specified\n';
    const entries = [
      { name: 'defaults', code: 0, stderr: '' },
      { name: 'instanceTypes.S5.MEDIUM4', code: 1, stderr },
    ];
    expect(tableFindingOf(entries)).toMatchObject({
      state: 'failed',
      found: 'instanceTypes.S5.MEDIUM4: Invalid partition name specified',
    });
  });
});
