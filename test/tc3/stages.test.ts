import { describe, expect, test } from 'vitest';
import {
  authorization,
  canonicalRequest,
  credentialScope,
  dateOf,
  derivedKey,
  hashedPayloadOf,
  parseAuthorization,
  sha256Hex,
  signature,
  stringToSign,
} from '../../src/tc3/signature.ts';
import { verify } from '../../src/tc3/verify.ts';
import { vectors } from './vectors.ts';

describe.each(vectors)('$title', (vector) => {
  const hashedPayload = hashedPayloadOf(vector.body ?? '', vector.isPayloadSigned ?? true);
  const canonical = canonicalRequest({
    method: vector.method,
    query: vector.query ?? '',
    headers: vector.headers,
    signedHeaders: vector.signedHeaders,
    hashedPayload,
  });
  const date = dateOf(vector.timestamp);
  const text = stringToSign(String(vector.timestamp), credentialScope(date, vector.service), canonical);
  const key = derivedKey(vector.secretKey, date, vector.service);

  test('each stage of the signature has the known value', () => {
    const stages = {
      hashedPayload,
      hashedCanonicalRequest: sha256Hex(canonical),
      signature: signature(key, text),
    };
    expect(stages).toEqual({ ...stages, ...vector.stages });
  });

  test('the service accepts the signature at its time and refuses it six minutes later', () => {
    const headers = {
      ...vector.headers,
      'x-tc-timestamp': String(vector.timestamp),
      authorization: authorization({
        secretId: 'AKIDEXAMPLE',
        date,
        service: vector.service,
        signedHeaders: vector.signedHeaders,
        signature: vector.stages.signature,
      }),
    };
    const request = { method: vector.method, query: vector.query ?? '', headers, body: vector.body ?? '' };
    const credentials = new Map([['AKIDEXAMPLE', { secretId: 'AKIDEXAMPLE', secretKey: vector.secretKey }]]);
    expect(verify(request, credentials, vector.timestamp * 1000)).toEqual({
      ok: true,
      secretId: 'AKIDEXAMPLE',
    });
    expect(verify(request, credentials, (vector.timestamp + 360) * 1000)).toMatchObject({
      code: 'AuthFailure.SignatureExpire',
    });
  });
});

test('the canonical request of a POST is the one of the specification', () => {
  const parts = {
    method: 'POST',
    query: '',
    headers: {
      'content-type': 'application/json',
      host: ' Batch.tencentcloudapi.com ',
      'x-tc-action': 'DescribeJobs',
    },
    signedHeaders: ['content-type', 'host', 'x-tc-action'],
    hashedPayload: 'abc',
  };
  expect(canonicalRequest(parts)).toMatchInlineSnapshot(`
    "POST
    /

    content-type:application/json
    host:batch.tencentcloudapi.com
    x-tc-action:describejobs

    content-type;host;x-tc-action
    abc"
  `);
});

test('the derived key of a day and a service has the known value', () => {
  const key = derivedKey('Gu5t9xGARNpq86cd98joQYCN3EXAMPLE', '2019-02-25', 'cvm');
  expect(Buffer.from(key).toString('hex')).toBe(
    'ac658d5dde49e9bfdd14e04e062f66b05d9f637d44b8a8d845327d4a77f666b1',
  );
});

test('the date of a timestamp is in UTC, before and after midnight', () => {
  expect([dateOf(1551139199), dateOf(1551139200)]).toEqual(['2019-02-25', '2019-02-26']);
});

test('a written authorization header is parsed to the same parts', () => {
  const parts = {
    secretId: 'AKIDEXAMPLE',
    date: '2019-02-25',
    service: 'localhost:18080',
    signedHeaders: ['content-type', 'host'],
    signature: 'ab'.repeat(32),
  };
  expect(parseAuthorization(authorization(parts))).toEqual(parts);
});

test.each([
  '',
  'SKIP',
  'TC3-HMAC-SHA1 Credential=a/2019-02-25/batch/tc3_request, SignedHeaders=host, Signature=b',
  'TC3-HMAC-SHA256 Credential=a/20190225/batch/tc3_request, SignedHeaders=host, Signature=b',
  'TC3-HMAC-SHA256 Credential=a/2019-02-25/batch/aws4_request, SignedHeaders=host, Signature=b',
  'TC3-HMAC-SHA256 Credential=a/2019-02-25/batch/tc3_request, Signature=b',
])('the authorization %j is not read', (header) => {
  expect(parseAuthorization(header)).toBeUndefined();
});
