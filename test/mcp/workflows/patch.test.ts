import { describe, expect, test } from 'vitest';
import { Task } from '../../../src/catalogue/shapes/task.ts';
import { differencesOf } from '../../../src/mcp/workflows/difference.ts';
import { patched, pathInTask } from '../../../src/mcp/workflows/patch.ts';

const task = {
  TaskName: 'work',
  Application: { DeliveryForm: 'LOCAL', Command: 'true' },
  ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL2' } },
  EnvVars: [
    { Name: 'A', Value: '1' },
    { Name: 'B', Value: '' },
  ],
  InputMappings: [{ SourcePath: 'cos://a/', DestinationPath: '/in/' }],
};
const change = (set: readonly string[], remove: readonly string[] = []) =>
  patched('RerunJob', task, { set, remove }, (path) => pathInTask(path, Task));

describe('a change by path', () => {
  test.each<readonly [string, readonly string[], object]>([
    ['sets a field', ['Timeout=600'], { Timeout: '600' }],
    [
      'keeps what follows the first equals sign',
      ['Application.Command=a=b c=d'],
      { Application: { DeliveryForm: 'LOCAL', Command: 'a=b c=d' } },
    ],
    [
      'finds a field of the application by its name alone',
      ['Command=false'],
      { Application: { DeliveryForm: 'LOCAL', Command: 'false' } },
    ],
    [
      'finds a field of the machine by its name alone',
      ['InstanceType=S5.LARGE8'],
      { ComputeEnv: { EnvData: { InstanceType: 'S5.LARGE8' } } },
    ],
    [
      'sets a variable',
      ['EnvVars.A=2'],
      {
        EnvVars: [
          { Name: 'A', Value: '2' },
          { Name: 'B', Value: '' },
        ],
      },
    ],
    [
      'sets a variable by brackets and its field',
      ['EnvVars[A].Value=2'],
      {
        EnvVars: [
          { Name: 'A', Value: '2' },
          { Name: 'B', Value: '' },
        ],
      },
    ],
    ['adds a variable', ['EnvVars.C=3'], { EnvVars: [...task.EnvVars, { Name: 'C', Value: '3' }] }],
    [
      'empties a variable',
      ['EnvVars.A='],
      {
        EnvVars: [
          { Name: 'A', Value: '' },
          { Name: 'B', Value: '' },
        ],
      },
    ],
    [
      'sets a field of an item by its index',
      ['InputMappings[0].DestinationPath=/data/'],
      { InputMappings: [{ SourcePath: 'cos://a/', DestinationPath: '/data/' }] },
    ],
    [
      'creates what is between',
      ['RedirectInfo.StdoutRedirectPath=cos://b/'],
      { RedirectInfo: { StdoutRedirectPath: 'cos://b/' } },
    ],
  ])('%s', (_, set, expected) => {
    expect(change(set)).toEqual({ ...task, ...expected });
  });

  test('replaces a part of a text literally', () => {
    const twice = change(['Command=run --a 0.5 $&']);
    const set = ['Command~=--a 0.5=>--a $1'];
    const replaced = patched('RerunJob', twice, { set }, (path) => pathInTask(path, Task));
    expect(replaced.Application.Command).toBe('run --a $1 $&');
  });

  test.each([
    ['a text that is not there', 'Command~=nope=>x', /has no such text/],
    ['a replacement without a text', 'Command~==>x', /PATH~=OLD=>NEW/],
    ['a text that occurs more than once', 'Command~=u=>v', /occurs 2 times/],
    ['a part of a variable, whose value is hidden', 'EnvVars.A~=1=>2', /hidden/],
    ['a part of a command with a credential', 'Command~=--password =>--note ', /hidden/],
  ])('is refused for %s', (_, set, message) => {
    const secret = change(set.includes('password') ? ['Command=run --password hunter2'] : ['Command=true u']);
    const attempt = () => patched('RerunJob', secret, { set: [set] }, (path) => pathInTask(path, Task));
    expect(attempt).toThrow(message);
  });

  test('removes a field and an item of a list', () => {
    const { ComputeEnv: _, ...others } = task;
    expect(change([], ['ComputeEnv', 'EnvVars.A'])).toEqual({
      ...others,
      EnvVars: [{ Name: 'B', Value: '' }],
    });
  });

  test.each([
    ['an index that does not exist', ['InputMappings[3].DestinationPath=/x/'], []],
    ['a name that does not exist', [], ['EnvVars.NOPE']],
    ['an unknown field', ['Nope=1'], []],
    ['no path', ['=1'], []],
  ])('is refused for %s', (_, set, remove) => {
    expect(() => change(set, remove)).toThrow(/^RerunJob: (set|remove)\[0\]: /);
  });

  test('leaves the definition that it was given', () => {
    const before = structuredClone(task);
    change(['EnvVars.A=2', 'Command=false'], ['EnvVars.B']);
    expect(task).toEqual(before);
  });
});

describe('the difference of two definitions', () => {
  test('names variables and shows no value of them', () => {
    const after = change(['EnvVars.A=secret-two', 'EnvVars.C=secret-three', 'Timeout=5'], ['EnvVars.B']);
    const differences = differencesOf(task, after, Task);
    expect(differences).toEqual([
      { path: 'EnvVars[A].Value', was: '(hidden)', now: '(as given)' },
      { path: 'EnvVars[B]', was: '(empty)' },
      { path: 'EnvVars[C]', now: '(as given)' },
      { path: 'Timeout', now: '5' },
    ]);
    expect(JSON.stringify(differences)).not.toMatch(/secret/);
  });

  test('names the variables of a task that had none', () => {
    const { EnvVars: _, ...bare } = task;
    expect(differencesOf(bare, task, Task)).toEqual([
      { path: 'EnvVars[A]', now: '(as given)' },
      { path: 'EnvVars[B]', now: '(empty)' },
    ]);
  });

  test('is empty for equal definitions', () => {
    expect(differencesOf(task, structuredClone(task), Task)).toEqual([]);
  });

  test('shortens long values', () => {
    const after = change([`Command=${'x'.repeat(5_000)}`]);
    const [difference] = differencesOf(task, after, Task);
    expect(difference?.now?.length).toBeLessThan(200);
  });
});
