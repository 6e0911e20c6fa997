import { expect, test } from 'vitest';
import { actions } from '../../../src/catalogue/index.ts';
import { maskValues, substituteEnvironment } from '../../../src/mcp/arguments/environment-values.ts';
import { InputError } from '../../../src/shared/errors.ts';

const variables: Readonly<Record<string, string>> = { DB: 'hunter2', OTHER: 'x' };
const environment = { allowed: ['DB', 'UNSET'], read: (name: string) => variables[name] };
const jobWith = (SecretKey: string, Command = 'true') => ({
  Placement: { Zone: 'ap-guangzhou-1' },
  Job: {
    Tasks: [
      {
        Application: { DeliveryForm: 'LOCAL', Command },
        EnvId: 'env-1a2b3c4d',
        Authentications: [{ Scene: 'COS', SecretId: 'AKID', SecretKey }],
        EnvVars: [{ Name: 'DB_PASSWORD', Value: '${env:DB}' }],
      },
    ],
  },
});
const fill = (args: ReturnType<typeof jobWith>) =>
  substituteEnvironment('SubmitJob', args, actions.SubmitJob.input, environment);

test('an allowed variable is put into secret fields, and nowhere else', () => {
  const { fields, secrets } = fill(jobWith('${env:DB}', 'echo ${env:DB}'));
  const expected = jobWith('hunter2', 'echo ${env:DB}');
  const [task] = expected.Job.Tasks;
  if (task) task.EnvVars = [{ Name: 'DB_PASSWORD', Value: 'hunter2' }];
  expect(fields).toEqual(expected);
  expect(secrets).toEqual(['hunter2', 'hunter2']);
});

test.each([
  ['${env:OTHER}', 'The variable OTHER is not allowed here; the operator allows names with --allow-env.'],
  ['${env:UNSET}', 'The variable UNSET is not set where this server was started.'],
  ['***', 'It is masked. Put in the secret itself, or ${env:NAME} where that is allowed.'],
])('%s is refused before anything is sent', (value, message) => {
  expect(() => fill(jobWith(value))).toThrow(InputError);
  expect(() => fill(jobWith(value))).toThrow(`Job.Tasks[0].Authentications[0].SecretKey: ${message}`);
});

test('a value that was put in does not come back, wherever the service repeats it', () => {
  expect(maskValues({ Message: 'bad key hunter2!', List: ['hunter2', 1] }, ['hunter2'])).toEqual({
    Message: 'bad key ***!',
    List: ['***', 1],
  });
});
