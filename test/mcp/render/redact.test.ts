import { expect, test } from 'vitest';
import * as z from 'zod';
import { secret } from '../../../src/catalogue/action.ts';
import { actions } from '../../../src/catalogue/index.ts';
import { isSecretName, redact } from '../../../src/mcp/render/redact.ts';
import { mask } from '../../../src/shared/mask-credentials.ts';

test('secret fields are masked also in lists and in optional or nullable fields', () => {
  const schema = z.looseObject({
    list: z.array(z.strictObject({ pin: secret('A pin.').optional() })).nullable(),
    code: secret('A code.').nullable(),
  });
  expect(redact({ list: [{ pin: '1234' }, {}], code: null, other: 'seen' }, schema)).toEqual({
    list: [{ pin: mask }, {}],
    code: null,
    other: 'seen',
  });
});

test('the secrets of a submission are masked, and their fields remain visible', () => {
  const Task = {
    Authentications: [{ Scene: 'COS', SecretId: 'AKID', SecretKey: 'hunter2' }],
    Application: { DeliveryForm: 'LOCAL', Docker: { Image: 'x', User: 'u', Password: 'hunter2' } },
    ComputeEnv: { EnvData: { LoginSettings: { Password: 'hunter2', KeyIds: ['skey-1'] } } },
    EnvVars: [
      { Name: 'DB_PASSWORD', Value: 'hunter2' },
      { Name: 'STEPS', Value: '7' },
    ],
  };
  const masked = redact({ Tasks: [Task] }, actions.DescribeJobSubmitInfo.output);
  expect(JSON.stringify(masked)).not.toContain('hunter2');
  expect(masked).toEqual({
    Tasks: [
      {
        Authentications: [{ Scene: 'COS', SecretId: expect.any(String), SecretKey: mask }],
        Application: { DeliveryForm: 'LOCAL', Docker: { Image: 'x', User: 'u', Password: mask } },
        ComputeEnv: { EnvData: { LoginSettings: { Password: mask, KeyIds: ['skey-1'] } } },
        EnvVars: [
          { Name: 'DB_PASSWORD', Value: mask },
          { Name: 'STEPS', Value: mask },
        ],
      },
    ],
  });
});

test('a reference to an environment variable is not masked', () => {
  expect(redact({ Password: '${env:DB_PASSWORD}' })).toEqual({ Password: '${env:DB_PASSWORD}' });
});

test.each([
  'Password',
  'SecretKey',
  'secret_key',
  'API_KEY',
  'accessToken',
  'token',
  'AWS_SECRET_ACCESS_KEY',
])('%s is the name of a secret', (name) => expect(isSecretName(name)).toBe(true));
test.each(['ClientToken', 'KeyIds', 'JobName', 'KmsKeyId', 'Tokens', 'SecretId'])(
  '%s is not the name of a secret',
  (name) => expect(isSecretName(name)).toBe(false),
);
