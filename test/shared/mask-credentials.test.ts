/** Credentials in text: masked wherever they are, and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mask, maskCredentials } from '../../src/shared/mask-credentials.ts';

describe('masks', () => {
  test.each([
    ['https://user:pass@host/x', `https://${mask}@host/x`],
    ['git clone https://ghp_token@github.com/x', `git clone https://${mask}@github.com/x`],
    ['postgres://u:p?s#s@h:5432/db', `postgres://${mask}@h:5432/db`],
    [
      'https://x.blob.core.windows.net/a?sv=1&sig=abc%3D&se=2',
      `https://x.blob.core.windows.net/a?sv=1&sig=${mask}&se=2`,
    ],
    ['https://b.cos.r.myqcloud.com/x?q-signature=beef', `https://b.cos.r.myqcloud.com/x?q-signature=${mask}`],
    [
      'https://s3/x?X-Amz-Signature=ab&X-Amz-Security-Token=cd',
      `https://s3/x?X-Amz-Signature=${mask}&X-Amz-Security-Token=${mask}`,
    ],
    ['AccountName=a;AccountKey=Zm9v==;EndpointSuffix=x', `AccountName=a;AccountKey=${mask};EndpointSuffix=x`],
    ['MYSQL_PWD=hunter2 mysql -u root', `MYSQL_PWD=${mask} mysql -u root`],
    ['GITHUB_PAT=ghp_x ./run', `GITHUB_PAT=${mask} ./run`],
    ['run --password=hunter2 --token abc', `run --password=${mask} --token ${mask}`],
    [`curl -H 'Authorization: Bearer abcdef0123456789'`, `curl -H 'Authorization: Bearer ${mask}'`],
    ['Authorization: Basic dXNlcjpwYXNz', `Authorization: Basic ${mask}`],
    ['{"api_key": "x y"}', `{"api_key": "${mask}"}`],
  ])('%s', (text, masked) => {
    expect(maskCredentials(text)).toBe(masked);
  });
});

test.each([
  'https://host/a@b',
  'Limit=5 tokens=7',
  'export TOKEN=$TOKEN',
  'run --password "$PASSWORD"',
  'the bearer of bad news',
  'ClientToken=abc',
  'https://host:8080/x?sign_in=no',
])('%s stays as it is', (text) => {
  expect(maskCredentials(text)).toBe(text);
});

test('masking a masked text changes nothing, and takes linear time', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ':', '/', '@', '=', '&', '?', '-', '"', ' ', 'pwd', 'token') }),
      (text) => {
        const masked = maskCredentials(text);
        return maskCredentials(masked) === masked;
      },
    ),
  );
  // Quadratic time would take minutes.
  for (const unit of ['-', 'a', 'x://', 'pwd=', '"', '_']) maskCredentials(unit.repeat(200_000));
});
