import { expect, test } from 'vitest';
import { checkCredential } from '../../../src/client/credentials/check-credential.ts';
import type { ResolvedCredentials } from '../../../src/client/credentials/source.ts';

const good = 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3';
const messageOf = (part: Partial<ResolvedCredentials['credential']>, where = 'TENCENTCLOUD_SECRET_ID') => {
  try {
    checkCredential({
      credential: { secretId: good, secretKey: good, ...part },
      source: where.startsWith('~') ? 'file' : 'environment',
      where,
      account: good,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
};

test('complete keys are accepted', () => {
  expect(messageOf({ token: 'abc+/=_-.' })).toBeUndefined();
});

test.each([
  [{ secretId: '${TENCENTCLOUD_SECRET_ID}' }, /^ConfigError: TENCENTCLOUD_SECRET_ID is a placeholder/],
  [{ secretId: '"AKIDcanary"' }, /^ConfigError: TENCENTCLOUD_SECRET_ID contains quotation marks/],
  [
    { secretId: 'AKID\u200bcanary' },
    /^ConfigError: TENCENTCLOUD_SECRET_ID contains an invisible character \(U\+200B/,
  ],
  [
    { secretKey: 'canary\u0000' },
    /^ConfigError: TENCENTCLOUD_SECRET_KEY contains an invisible character \(U\+0000/,
  ],
  [{ secretKey: 'your key' }, /^ConfigError: TENCENTCLOUD_SECRET_KEY is a placeholder/],
  [{ secretKey: 'canary key' }, /^ConfigError: TENCENTCLOUD_SECRET_KEY contains a space/],
  [{ token: '<canary>' }, /^ConfigError: The session token beside TENCENTCLOUD_SECRET_ID is a placeholder/],
])('%j is rejected before anything is sent, naming the variable and not the value', (part, message) => {
  expect(messageOf(part)).toMatch(message);
  expect(messageOf(part)).not.toContain('canary');
});

test('keys of a file are rejected with the name of the file', () => {
  expect(messageOf({ secretKey: '***' }, '~/.tencentcloud/credentials')).toMatch(
    /^ConfigError: SecretKey of ~\/\.tencentcloud\/credentials is a placeholder/,
  );
});
