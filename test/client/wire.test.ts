import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../src/client/transport.ts';
import { responseOf } from '../../src/client/wire.ts';
import { ApiError, TransportError } from '../../src/shared/errors.ts';

const subject = { name: 'SubmitJob', changes: true };
const origin = 'https://batch.tencentcloudapi.com';
const answer = (body: string, more: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body,
  ...more,
});
const read = (given: HttpAnswer) => {
  try {
    return responseOf(subject, origin, given, ['canary-key', 'canary-token']);
  } catch (error) {
    if (error instanceof ApiError) {
      const { code, message, meaning, next, requestId } = error;
      return { code, message, meaning, next, requestId };
    }
    if (error instanceof TransportError) {
      return { message: error.message, mayHaveExecuted: error.mayHaveExecuted, requestId: error.requestId };
    }
    throw error;
  }
};

test('the value of a response is the content of its envelope, regardless of the content type', () => {
  const body = '{"Response":{"JobId":"job-1","New":null,"RequestId":"r"}}';
  const value = { JobId: 'job-1', New: null, RequestId: 'r' };
  expect(read(answer(body))).toEqual(value);
  expect(read(answer(body, { headers: { 'content-type': 'text/plain' } }))).toEqual(value);
});

test('an error of the service includes the meaning of its code and what to do, also for a sub-code', () => {
  const body =
    '{"Response":{"Error":{"Code":"RequestLimitExceeded.UinLimitExceeded","Message":"slow down"},"RequestId":"r"}}';
  expect(read(answer(body))).toMatchInlineSnapshot(`
    {
      "code": "RequestLimitExceeded.UinLimitExceeded",
      "meaning": "The rate limit of the account was exceeded. The call was not executed.",
      "message": "SubmitJob was refused with RequestLimitExceeded.UinLimitExceeded: slow down (RequestId r)",
      "next": "Wait a few seconds and call again; if it persists, find out what else uses the account.",
      "requestId": "r",
    }
  `);
});

test('an error of the service is recognised with another HTTP status', () => {
  const body = '{"Response":{"Error":{"Code":"InternalError","Message":"m"},"RequestId":"r"}}';
  expect(read(answer(body, { status: 500 }))).toMatchObject({ code: 'InternalError' });
});

describe('a response that is not one of the API is reported as such', () => {
  const unexpected = `the response of ${origin} is not one of the API`;
  const unknown = 'It may have been carried out: read the state before repeating it.';
  test.each([
    [
      'a page',
      answer('<html>\n<b>Login</b></html>', { headers: { 'content-type': 'text/html' } }),
      `${unexpected} (HTTP status 200, text/html, beginning with "<html> <b>Login</b></html>"). ${unknown}`,
    ],
    [
      'nothing at all',
      answer('', { status: 502, headers: {} }),
      `${unexpected} (HTTP status 502, no content type, empty). ${unknown}`,
    ],
    [
      'JSON of another program',
      answer('{"jsonrpc":"2.0"}'),
      `${unexpected} (HTTP status 200, application/json, beginning with "{\\"jsonrpc\\":\\"2.0\\"}"). ${unknown}`,
    ],
    [
      'a value under a status that the API does not use',
      answer('{"Response":{}}', { status: 503 }),
      `${origin} responded with HTTP status 503. ${unknown}`,
    ],
    [
      'a redirect',
      answer('', { status: 308, headers: { location: 'https://elsewhere' } }),
      `${origin} responded with a redirect (HTTP status 308); redirects are not followed, because the signature is valid for one host; correct --endpoint. ${unknown}`,
    ],
  ])('%s', (_title, given, message) => {
    expect(read(given)).toEqual({
      message: `SubmitJob: ${message}`,
      mayHaveExecuted: true,
      requestId: undefined,
    });
  });

  test('a proxy that requires authentication has sent nothing', () => {
    expect(read(answer('', { status: 407 }))).toEqual({
      message:
        'SubmitJob: the proxy requires authentication (HTTP status 407); add user name and password to the address of the proxy. The request did not reach the service.',
      mayHaveExecuted: false,
      requestId: undefined,
    });
  });
});

test('keys in received text are masked', () => {
  const echo = 'you sent canary-key and canary-token';
  const body = JSON.stringify({
    Response: { Error: { Code: 'InternalError', Message: echo }, RequestId: 'r' },
  });
  expect(
    JSON.stringify([read(answer(body)), read(answer(echo, { headers: { 'content-type': echo } }))]),
  ).not.toMatch(/canary/);
});
