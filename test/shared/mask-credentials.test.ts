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
    ['https://h/x#access_token=abc&state=1', `https://h/x#access_token=${mask}&state=1`],
    ['curl -sS -u me:hunter2 https://h', `curl -sS -u me:${mask} https://h`],
    ['curl --user "me:hunter2" https://h', `curl --user "me:${mask}" https://h`],
    [`curl -H 'X-Api-Key: hunter2' https://h`, `curl -H 'X-Api-Key: ${mask}' https://h`],
    ['wget --header="Cookie: session=abc" h', `wget --header="Cookie: ${mask}" h`],
    ['DB_PASS=hunter2 ./run', `DB_PASS=${mask} ./run`],
    ['run --env=DB_PASS=hunter2', `run --env=DB_PASS=${mask}`],
    ['a,DB_PASS=hunter2', `a,DB_PASS=${mask}`],
    ['DB_PASS: hunter2', `DB_PASS: ${mask}`],
    ['DB_PASS:hunter2', `DB_PASS:${mask}`],
    ['{"DB_PASS": "hunter2"}', `{"DB_PASS": "${mask}"}`],
    ['"{\\"DB_PASS\\":\\"hunter2\\"}"', `"{\\"DB_PASS\\":\\"${mask}\\"}"`],
    ['password: hunter2 # prod', `password: ${mask} # prod`],
    ['passwd: "a b" # c\nport: 1', `passwd: "${mask}" # c\nport: 1`],
    ['Server=h;UID=sa;PWD=/secret', `Server=h;UID=sa;PWD=${mask}`],
    ['//registry.npmjs.org/:_authToken=0a1b-2c', `//registry.npmjs.org/:_authToken=${mask}`],
    [
      'kubectl create secret generic x --from-literal=password=hunter2',
      `kubectl create secret generic x --from-literal=password=${mask}`,
    ],
    ['db:\n  user: me\n  password: hunter2\n  port: 1', `db:\n  user: me\n  password: ${mask}\n  port: 1`],
    ['[db]\npassword = "x y"\r\n', `[db]\npassword = "${mask}"\r\n`],
    ['curl -d "{\\"password\\": \\"hunter2\\"}" h', `curl -d "{\\"password\\": \\"${mask}\\"}" h`],
    ['machine h login me password hunter2', `machine h login me password ${mask}`],
    ['redis-cli -h h -a hunter2 ping', `redis-cli -h h -a ${mask} ping`],
    ['-----BEGIN PRIVATE KEY-----\nMIIE+/=\nabcd', `-----BEGIN PRIVATE KEY-----\n${mask}\n`],
    ['sshpass -p hunter2 ssh h', `sshpass -p ${mask} ssh h`],
    ['mysql -uroot -phunter2 db', `mysql -uroot -p${mask} db`],
    ['docker login -u me -p hunter2 registry', `docker login -u me -p ${mask} registry`],
    ['openssl rsa -passin pass:hunter2', `openssl rsa -passin pass:${mask}`],
    [`echo ghp_${'a1'.repeat(18)}`, `echo ${mask}`],
    [`glpat-${'a1'.repeat(10)} xoxb-12-${'a'.repeat(9)} hf_${'a'.repeat(30)}`, `${mask} ${mask} ${mask}`],
    [`sk-proj-${'a'.repeat(40)}`, mask],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl', mask],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE+/=\nabcd\n-----END RSA PRIVATE KEY-----',
      `-----BEGIN RSA PRIVATE KEY-----\n${mask}\n-----END RSA PRIVATE KEY-----`,
    ],
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
  'docker run -u 1000:1000 image',
  'curl -u "$ME:$PASSWORD" https://h',
  'mysql -u root -p db',
  'mysql --protocol=tcp -P 3306',
  'task-tmpl-aaaaaaaa and disk-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
  '-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----',
  'token: unexpected end of input',
  'PWD=/home/me\nOLDPWD=/',
  'tests_pass=12 compass=north',
  'token = get_token()',
  'password: $PASSWORD',
  'use_secret: false',
  'api_key: null # not set',
  'token: None\r\nsecret = undefined',
  'run --use-secret=TRUE',
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
  for (const unit of [
    '-',
    'a',
    'x://',
    'pwd=',
    '"',
    '_',
    'curl ',
    ' -H',
    'mysql ',
    'az login ',
    'machine h login h ',
    'redis-cli ',
    '\\"token\\":',
    'token: ',
    'token: a # ',
    'token: a \t',
    'X_PASS=',
    '"X_PASS": ',
    'token=:',
    ' ',
    'sk-',
    'eyJ.',
    '-----BEGIN PRIVATE KEY-----',
    'eyJaaaaaaaaaa.',
  ])
    maskCredentials(unit.repeat(200_000));
});
