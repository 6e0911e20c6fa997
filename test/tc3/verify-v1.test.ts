import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signatureV1, stringToSignV1, verifyV1 } from '../../src/tc3/verify-v1.ts';
import { vectorsV1 } from './vectors.ts';

const host = 'cvm.tencentcloudapi.com';
const codeOf = (
  parameters: Readonly<Record<string, string>>,
  secretKey: string,
  at = 1465185768,
  method = 'GET',
): string => {
  const request = { method, host, parameters: new Map(Object.entries(parameters)) };
  const ids = ['AKIDz8', ...vectorsV1.map(({ parameters: { SecretId = '' } }) => SecretId)];
  const credentials = new Map(ids.map((secretId) => [secretId, { secretId, secretKey }]));
  const verdict = verifyV1(request, credentials, at * 1000);
  return verdict.ok ? 'ok' : verdict.code;
};

describe.each(vectorsV1)('$title', ({ secretKey, parameters }) => {
  test('the v1 signature is accepted, and refused after six minutes', () => {
    expect(codeOf(parameters, secretKey)).toBe('ok');
    expect(codeOf(parameters, secretKey, 1465185768 + 360)).toBe('AuthFailure.SignatureExpire');
  });

  test('the v1 signature is refused when any value is changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(parameters)),
        fc.stringMatching(/^[ -~]{1,5}$/),
        (name, more) => {
          expect(codeOf({ ...parameters, [name]: parameters[name] + more }, secretKey)).not.toBe('ok');
        },
      ),
    );
  });

  test.each(['SecretId', 'Signature', 'Nonce', 'Timestamp'])('a v1 request without %s is refused', (name) => {
    const { [name]: _, ...others } = parameters;
    expect(codeOf(others, secretKey)).toBe('MissingParameter');
  });

  test('a v1 request with another method or an unknown id is refused', () => {
    expect(codeOf(parameters, secretKey, undefined, 'POST')).toBe('AuthFailure.SignatureFailure');
    expect(codeOf({ ...parameters, SecretId: 'AKIDother' }, secretKey)).toBe('AuthFailure.SecretIdNotFound');
  });
});

test('the v1 string to sign is sorted by code unit, with unencoded values', () => {
  const parameters = new Map([
    ['b', 'x y&z'],
    ['Signature', 'left out'],
    ['B', '1'],
    ['Filters.10.Name', 'n'],
    ['Filters.2.Name', 'm'],
  ]);
  expect(stringToSignV1({ method: 'POST', host: '127.0.0.1:80', parameters })).toBe(
    'POST127.0.0.1:80/?B=1&Filters.10.Name=n&Filters.2.Name=m&b=x y&z',
  );
});

test('the v1 scheme uses HmacSHA256 when it is named, with the port signed or not', () => {
  const parameters = {
    Action: 'DescribeJobs',
    Nonce: '1',
    SecretId: 'AKIDz8',
    SignatureMethod: 'HmacSHA256',
    Timestamp: '1465185768',
  };
  const signed = (over: string) => {
    const text = stringToSignV1({
      method: 'GET',
      host: over,
      parameters: new Map(Object.entries(parameters)),
    });
    return { ...parameters, Signature: signatureV1('key', text, 'sha256') };
  };
  expect(codeOf(signed(host), 'key')).toBe('ok');
  expect(codeOf(signed('other.host'), 'key')).toBe('AuthFailure.SignatureFailure');
});
