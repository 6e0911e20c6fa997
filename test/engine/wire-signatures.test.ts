/** The ways in which the vendor's clients sign and shape a request, beside the plain TC3 POST. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type RawTarget,
  raw as sendRaw,
  sendTc3 as sendSigned,
  sha256,
  tc3 as signTc3,
  type Tc3,
} from './raw-request.ts';
import { credential, type Reply, startWireEngine, temporary, type WireEngine } from './wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  engine = await startWireEngine();
  await engine.call('CreateComputeEnv', {
    Placement: { Zone: 'ap-guangzhou-2' },
    ComputeEnv: { EnvName: 'a b&c=d', DesiredComputeNodeCount: 1 },
  });
});
afterAll(() => engine.stop());

const target = (): RawTarget => ({ host: engine.host, now: engine.clock.now, ...credential });
const raw = (method: string, path: string, headers: Record<string, string | string[]>, body?: string) =>
  sendRaw(target(), method, path, headers, body);
const tc3 = (options: Tc3) => signTc3(target(), options);
const sendTc3 = (options: Tc3) => sendSigned(target(), options);
const total = (reply: Reply) => reply.code ?? reply.response.TotalCount;

describe('TC3-HMAC-SHA256', () => {
  test('a GET request has nested parameters as dotted names', async () => {
    const query = 'Filters.0.Name=env-name&Filters.0.Values.0=a%20b%26c%3Dd&Limit=10&Offset=0';
    expect(total(await sendTc3({ method: 'GET', query }))).toBe(1);
    const plus = 'Filters.0.Name=env-name&Filters.0.Values.0=a+b%26c%3Dd';
    expect(total(await sendTc3({ method: 'GET', query: plus }))).toBe(1);
  });
  test('a GET request may have its parameters in any order; a name that is a value and a level is refused', async () => {
    const query = 'Filters.0.Values.1=a%20b%26c%3Dd&Filters.0.Values.0=other&Filters.0.Name=env-name';
    expect(total(await sendTc3({ method: 'GET', query }))).toBe(1);
    expect(total(await sendTc3({ method: 'GET', query: 'Filters=1&Filters.0.Name=x' }))).toBe(
      'InvalidParameter',
    );
    expect(total(await sendTc3({ method: 'GET', query: 'Limit=%zz' }))).toBe('InvalidParameter');
    const deep = Array.from({ length: 40 }, () => '0').join('.');
    expect(total(await sendTc3({ method: 'GET', query: `Filters.${deep}=1` }))).toBe('InvalidParameter');
  });
  test('the signed host may lack the port of the Host header', async () => {
    expect(total(await sendTc3({ body: '{}', signedHost: '127.0.0.1' }))).toBe(1);
  });
  test('the credential scope may name any service', async () => {
    expect(total(await sendTc3({ body: '{}', service: '127' }))).toBe(1);
  });
  test('a Host that is the whole endpoint, scheme included, is accepted', async () => {
    const host = `http://${engine.host}`;
    expect(total(await sendTc3({ body: '{}', sentHost: host, signedHost: host }))).toBe(1);
  });
  test('headers beyond the two required ones may be signed and are verified', async () => {
    const signedHeaders = ['content-type', 'host', 'x-tc-action'];
    expect(total(await sendTc3({ body: '{}', signedHeaders }))).toBe(1);
    const { method, path, headers, body } = tc3({ body: '{}', signedHeaders });
    const changed = { ...headers, 'x-tc-action': 'DescribeTaskTemplates' };
    expect(total(await raw(method, path, changed, body))).toBe('AuthFailure.SignatureFailure');
  });
  test('an unsigned payload is accepted when X-TC-Content-SHA256 declares it', async () => {
    const extra = { 'x-tc-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(total(await sendTc3({ body: '{}', extra, payloadHash: sha256('UNSIGNED-PAYLOAD') }))).toBe(1);
    expect(total(await sendTc3({ body: '{}', payloadHash: sha256('UNSIGNED-PAYLOAD') }))).toBe(
      'AuthFailure.SignatureFailure',
    );
  });
  test('a JSON body with a charset in its type is accepted', async () => {
    expect(total(await sendTc3({ body: '{}', contentType: 'application/json; charset=utf-8' }))).toBe(1);
  });
  test.each([
    ['the host is not signed', { signedHeaders: ['content-type'] }, 'AuthFailure.InvalidAuthorization'],
    ['the scope is of another day', { date: '2026-01-01' }, 'AuthFailure.SignatureFailure'],
    ['the body is multipart', { contentType: 'multipart/form-data; boundary=x' }, 'InvalidRequest'],
  ])('is refused when %s', async (_, options, code) => {
    expect(total(await sendTc3({ body: '{}', ...options }))).toBe(code);
  });
  test.each([
    [
      'upper case',
      (s: string) => s.replace(/Signature=(.*)$/, (_, hex: string) => `Signature=${hex.toUpperCase()}`),
    ],
    ['cut short', (s: string) => s.slice(0, -2)],
    ['longer', (s: string) => `${s}00`],
  ])('a signature that is %s is refused', async (_, change) => {
    const { method, path, headers, body } = tc3({ body: '{}' });
    const reply = await raw(method, path, { ...headers, authorization: change(headers.authorization) }, body);
    expect(reply.code).toBe('AuthFailure.SignatureFailure');
  });
  test('two Authorization headers are refused', async () => {
    const { method, path, headers, body } = tc3({ body: '{}' });
    const both = { ...headers, authorization: [headers.authorization, headers.authorization] };
    expect((await raw(method, path, both, body)).code).toBe('AuthFailure.InvalidAuthorization');
  });
  test('a repeated request within five minutes is accepted', async () => {
    const { method, path, headers, body } = tc3({ body: '{}' });
    await raw(method, path, headers, body);
    expect(total(await raw(method, path, headers, body))).toBe(1);
  });
  test('any path but the root is refused', async () => {
    const { method, headers, body } = tc3({ body: '{}' });
    expect((await raw(method, '/other', headers, body)).code).toBe('AuthFailure.SignatureFailure');
  });
});

describe('HmacSHA1 and HmacSHA256', () => {
  const sendV1 = (
    method: 'GET' | 'POST',
    hash: 'sha1' | 'sha256',
    own: Record<string, string>,
    over: { host?: string; token?: string; id?: typeof credential } = {},
  ) => {
    const who = over.id ?? credential;
    const parameters: Record<string, string> = {
      Action: 'DescribeComputeEnvs',
      Version: '2017-03-12',
      Region: 'ap-guangzhou',
      Timestamp: String(Math.floor(engine.clock.now / 1000)),
      Nonce: '4711',
      SecretId: who.secretId,
      Language: 'en-US',
      RequestClient: 'SDK_NODEJS_3.0.1335',
      ...(hash === 'sha256' ? { SignatureMethod: 'HmacSHA256' } : {}),
      ...(over.token ? { Token: over.token } : {}),
      ...own,
    };
    const plain = Object.keys(parameters)
      .sort()
      .map((name) => `${name}=${parameters[name]}`)
      .join('&');
    const text = `${method}${over.host ?? engine.host}/?${plain}`;
    const Signature = createHmac(hash, who.secretKey).update(text).digest('base64');
    const form = new URLSearchParams({ ...parameters, Signature }).toString();
    return method === 'GET'
      ? raw('GET', `/?${form}`, { host: engine.host })
      : raw('POST', '/', { host: engine.host, 'content-type': 'application/x-www-form-urlencoded' }, form);
  };
  test.each([
    ['GET', 'sha1'],
    ['GET', 'sha256'],
    ['POST', 'sha1'],
    ['POST', 'sha256'],
  ] as const)('%s signed with %s is read, nested parameters and numbers included', async (method, hash) => {
    const own = { 'Filters.0.Name': 'env-name', 'Filters.0.Values.0': 'a b&c=d', Limit: '1' };
    expect(total(await sendV1(method, hash, own))).toBe(1);
    expect(total(await sendV1(method, hash, { Limit: 'x' }))).toBe('InvalidParameter');
    expect(total(await sendV1(method, hash, { Nonsense: '1' }))).toBe('UnknownParameter');
  });
  test('a wrong signature, an old one and a foreign host are refused', async () => {
    const wrong = await sendV1('POST', 'sha256', {}, { id: { ...credential, secretKey: 'wrong' } });
    const old = await sendV1('POST', 'sha256', { Timestamp: String(engine.clock.now / 1000 - 301) });
    const foreign = await sendV1('POST', 'sha256', {}, { host: 'batch.tencentcloudapi.com' });
    expect([wrong.code, old.code, foreign.code]).toEqual([
      'AuthFailure.SignatureFailure',
      'AuthFailure.SignatureExpire',
      'AuthFailure.SignatureFailure',
    ]);
  });
  test('temporary keys are accepted only with their token', async () => {
    expect(total(await sendV1('POST', 'sha256', {}, { id: temporary, token: temporary.token }))).toBe(1);
    expect(total(await sendV1('POST', 'sha256', {}, { id: temporary }))).toBe('AuthFailure.TokenFailure');
  });
  test('a form of more than 1 MB is refused with the service’s wording', async () => {
    const reply = await sendV1('POST', 'sha256', { Filler: 'x'.repeat(1024 * 1024) });
    expect(reply.response).toEqual({
      Error: {
        Code: 'AuthFailure.SignatureFailure',
        Message:
          'The provided credentials could not be validated because of exceeding request size limit, please use new signature method `TC3-HMAC-SHA256`.',
      },
    });
  });
});

describe('Host', () => {
  test.each([['example.com'], ['127.0.0.1.example.com'], ['169.254.169.254'], ['10.0.0.1:80']])(
    '%j is refused even with a valid signature',
    async (host) => {
      const reply = await sendTc3({ body: '{}', sentHost: host, signedHost: host });
      expect(reply.code).toBe('UnauthorizedOperation');
    },
  );
  test.each([['localhost'], ['LOCALHOST:1'], ['[::1]:80'], ['batch.localhost:8080'], ['127.0.0.1']])(
    '%j names this machine',
    async (host) => {
      expect(total(await sendTc3({ body: '{}', sentHost: host, signedHost: host }))).toBe(1);
    },
  );
});
