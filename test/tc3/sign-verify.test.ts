import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Credential, sign, type UnsignedRequest } from '../../src/tc3/sign.ts';
import { authorization, createDeriveKey, derivedKey, parseAuthorization } from '../../src/tc3/signature.ts';
import { type ReceivedRequest, verify } from '../../src/tc3/verify.ts';

const credential: Credential = { secretId: 'AKIDcanary', secretKey: 'canary-key' };
const temporary: Credential = { ...credential, token: 'canary-token' };
const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const credentialsOf = (known: Credential) => new Map([[known.secretId, known]]);

const post: UnsignedRequest = {
  method: 'POST',
  host: '127.0.0.1:8080',
  service: 'batch',
  action: 'TerminateJob',
  version: '2017-03-12',
  region: 'ap-guangzhou',
  body: '{"JobId":"job-97zcl3wt"}',
};
const get: UnsignedRequest = { ...post, method: 'GET', query: 'JobIds.0=job-97zcl3wt', body: '' };

const received = (request: UnsignedRequest, by = credential): ReceivedRequest => ({
  method: request.method,
  query: request.query ?? '',
  headers: sign(request, by, now),
  body: request.body ?? '',
});
const withHeader = (request: ReceivedRequest, name: string, value: string | undefined): ReceivedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});
const codeOf = (request: ReceivedRequest, known = credential, at = now) => {
  const verdict = verify(request, credentialsOf(known), at);
  return verdict.ok ? 'ok' : verdict.code;
};

describe('a signed request is accepted', () => {
  test('with complete headers of a POST', () => {
    expect(sign(post, temporary, now)).toMatchInlineSnapshot(`
      {
        "authorization": "TC3-HMAC-SHA256 Credential=AKIDcanary/2026-11-22/batch/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=440af86feee03d3ea22eb8ca464e1fdb1f26d4dbdc04a3a38df815eef1883dfe",
        "content-type": "application/json",
        "host": "127.0.0.1:8080",
        "x-tc-action": "TerminateJob",
        "x-tc-region": "ap-guangzhou",
        "x-tc-timestamp": "1795348800",
        "x-tc-token": "canary-token",
        "x-tc-version": "2017-03-12",
      }
    `);
  });

  test('as POST, as GET and with temporary keys', () => {
    expect([
      codeOf(received(post)),
      codeOf(received(get)),
      codeOf(received(post, temporary), temporary),
    ]).toEqual(['ok', 'ok', 'ok']);
  });

  test('with any body, host and action', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.domain(),
        fc.stringMatching(/^[A-Za-z]{1,40}$/),
        (body, host, action) => {
          expect(codeOf(received({ ...post, body, host, action }))).toBe('ok');
        },
      ),
    );
  });

  test('when the client signed the host without the port', () => {
    const signed = received({ ...post, host: '127.0.0.1' });
    expect(codeOf(withHeader(signed, 'host', '127.0.0.1:8080'))).toBe('ok');
    expect(codeOf(withHeader(signed, 'host', 'localhost:8080'))).toBe('AuthFailure.SignatureFailure');
  });

  test('when the service of the scope is a part of the host name', () => {
    expect(codeOf(received({ ...post, service: '127' }))).toBe('ok');
  });
});

describe('a signed request with one changed byte', () => {
  /** Another character that differs also in lower case, because the scheme signs values in lower case. */
  const changed = (text: string, at: number, by: number): string => {
    const index = at % text.length;
    const code = 33 + ((text.charCodeAt(index) - 33 + 1 + (by % 92)) % 94);
    const other = String.fromCharCode(code);
    return other.toLowerCase() === text.charAt(index).toLowerCase()
      ? `${text.slice(0, index)}~~${text.slice(index + 1)}`
      : text.slice(0, index) + other + text.slice(index + 1);
  };
  const place = [fc.nat(), fc.nat()] as const;

  test.each(['content-type', 'host', 'x-tc-action', 'x-tc-timestamp', 'authorization'])(
    'in the header %s is rejected',
    (name) => {
      const request = received(post);
      fc.assert(
        fc.property(...place, (at, by) => {
          const value = changed(request.headers[name] ?? '', at, by);
          expect(codeOf(withHeader(request, name, value))).not.toBe('ok');
        }),
        { numRuns: 500 },
      );
    },
  );

  test('in the body is rejected', () => {
    const body = Buffer.from(String(post.body));
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const other = Buffer.from(body);
        other[at] = (other[at] ?? 0) ^ by;
        expect(codeOf({ ...received(post), body: other })).toBe('AuthFailure.SignatureFailure');
      }),
      { numRuns: 500 },
    );
  });

  test('in the query of a GET is rejected', () => {
    const request = received(get);
    fc.assert(
      fc.property(...place, (at, by) => {
        expect(codeOf({ ...request, query: changed(request.query, at, by) })).toBe(
          'AuthFailure.SignatureFailure',
        );
      }),
      { numRuns: 500 },
    );
  });

  test('in the secret key, the method or the token is rejected', () => {
    expect(codeOf(received(post), { ...credential, secretKey: 'canary-kez' })).toBe(
      'AuthFailure.SignatureFailure',
    );
    expect(codeOf({ ...received(post), method: 'GET' })).toBe('AuthFailure.SignatureFailure');
    const request = received(post, temporary);
    expect(codeOf(withHeader(request, 'x-tc-token', 'canary-tokem'), temporary)).toBe(
      'AuthFailure.TokenFailure',
    );
    expect(codeOf(withHeader(request, 'x-tc-token', undefined), temporary)).toBe('AuthFailure.TokenFailure');
  });
});

describe('a signed request is rejected', () => {
  const restated = (change: Partial<NonNullable<ReturnType<typeof parseAuthorization>>>) => {
    const request = received(post);
    const parts = parseAuthorization(request.headers.authorization ?? '');
    if (!parts) throw new Error('sign returned an invalid authorization');
    return withHeader(request, 'authorization', authorization({ ...parts, ...change }));
  };

  test.each([
    [
      'without an Authorization header',
      withHeader(received(post), 'authorization', undefined),
      'AuthFailure.InvalidAuthorization',
    ],
    [
      'whose signed headers do not include the host',
      restated({ signedHeaders: ['content-type'] }),
      'AuthFailure.InvalidAuthorization',
    ],
    [
      'whose signed header was not sent',
      withHeader(received(post), 'x-tc-action', undefined),
      'AuthFailure.InvalidAuthorization',
    ],
    ['without a timestamp', withHeader(received(post), 'x-tc-timestamp', undefined), 'MissingParameter'],
    [
      'with a timestamp that is not a number',
      withHeader(received(post), 'x-tc-timestamp', '1e9'),
      'AuthFailure.SignatureExpire',
    ],
    ['with an unknown SecretId', restated({ secretId: 'AKIDother' }), 'AuthFailure.SecretIdNotFound'],
    ['with the date of another day', restated({ date: '2026-11-21' }), 'AuthFailure.SignatureFailure'],
    ['with a truncated signature', restated({ signature: 'ab' }), 'AuthFailure.SignatureFailure'],
  ])('%s', (_title, request, code) => {
    expect(codeOf(request)).toBe(code);
  });

  test('more than 300 seconds before or after the time of the service', () => {
    const at = [-301, -300, 300, 301].map((seconds) =>
      codeOf(received(post), credential, now + seconds * 1000),
    );
    expect(at).toEqual(['AuthFailure.SignatureExpire', 'ok', 'ok', 'AuthFailure.SignatureExpire']);
  });

  test('with a reason that contains no secret', () => {
    const verdict = verify(
      withHeader(received(post, temporary), 'x-tc-token', 'x'),
      credentialsOf(temporary),
      now,
    );
    expect(JSON.stringify(verdict)).not.toMatch(/canary/);
  });
});

describe('the derived key', () => {
  test('is computed once per day and service, and equals the one without a cache', () => {
    const deriveKey = createDeriveKey();
    const first = deriveKey('key', '2026-11-22', 'batch');
    expect(deriveKey('key', '2026-11-22', 'batch')).toBe(first);
    expect(first).toEqual(derivedKey('key', '2026-11-22', 'batch'));
    expect(deriveKey('key', '2026-11-23', 'batch')).not.toEqual(first);
    expect(deriveKey('other', '2026-11-22', 'batch')).not.toEqual(first);
  });

  test('is dropped from the cache, the oldest first, when there are too many', () => {
    const deriveKey = createDeriveKey(2);
    const first = deriveKey('key', '2026-11-22', 'a');
    const second = deriveKey('key', '2026-11-22', 'b');
    deriveKey('key', '2026-11-22', 'c');
    expect(deriveKey('key', '2026-11-22', 'b')).toBe(second);
    expect(deriveKey('key', '2026-11-22', 'a')).not.toBe(first);
  });
});
