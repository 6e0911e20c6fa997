import { expect, test } from 'vitest';
import { actions } from '../../../src/catalogue/index.ts';
import { substituteEnvironment } from '../../../src/mcp/arguments/environment-values.ts';
import { maskValues } from '../../../src/mcp/render/redact.ts';
import { InputError } from '../../../src/shared/errors.ts';
import { mask } from '../../../src/shared/mask-credentials.ts';

const variables: Readonly<Record<string, string>> = { DB: 'hunter2', OTHER: 'x' };
const environment = {
  allowed: [
    { name: 'DB', field: 'Authentications.SecretKey' },
    { name: 'DB', field: 'EnvVars.DB_PASSWORD' },
    { name: 'UNSET', field: 'Authentications.SecretKey' },
  ],
  read: (name: string) => variables[name],
};
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

test('an allowed variable is substituted in its allowed fields only', () => {
  const { fields, secrets } = fill(jobWith('${env:DB}', 'echo ${env:DB}'));
  const expected = jobWith('hunter2', 'echo ${env:DB}');
  const [task] = expected.Job.Tasks;
  if (task) task.EnvVars = [{ Name: 'DB_PASSWORD', Value: 'hunter2' }];
  expect(fields).toEqual(expected);
  expect(secrets).toEqual(['hunter2', 'hunter2']);
});

test.each([
  [
    '${env:OTHER}',
    'The variable OTHER must not be used in this field. The operator allows it with --allow-env OTHER=Job.Tasks.Authentications.SecretKey.',
  ],
  ['${env:UNSET}', 'The variable UNSET is not set where this server was started.'],
])('the reference %s is rejected before sending', (value, message) => {
  expect(() => fill(jobWith(value))).toThrow(InputError);
  expect(() => fill(jobWith(value))).toThrow(`Job.Tasks[0].Authentications[0].SecretKey: ${message}`);
});

test('a substituted value is masked wherever an answer contains it', () => {
  expect(maskValues({ Message: 'bad key hunter2!', List: ['hunter2', 1] }, ['hunter2'])).toEqual({
    Message: `bad key ${mask}!`,
    List: [mask, 1],
  });
});
