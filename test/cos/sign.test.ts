import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  authorizationOf,
  type CosRequest,
  httpStringOf,
  nameListOf,
  signatureOf,
  signCos,
  signedHeadersOf,
  signKeyOf,
  stringToSignOf,
} from '../../src/cos/sign.ts';

/** The sample key of the vendor's public page on signatures; it belongs to no account. */
const keys = {
  secretId: 'AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q',
  secretKey: 'BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz',
};
const host = 'examplebucket-1250000000.cos.ap-beijing.myqcloud.com';

interface Vector {
  readonly name: string;
  readonly request: CosRequest;
  readonly keyTime: string;
  readonly signKey?: string;
  readonly httpStringDigest?: string;
  readonly signature: string;
}

const vectors: readonly Vector[] = [
  {
    name: 'an upload with headers',
    request: {
      method: 'PUT',
      path: '/exampleobject(腾讯云)',
      params: {},
      headers: {
        Date: 'Thu, 16 May 2019 06:45:51 GMT',
        Host: host,
        'Content-Type': 'text/plain',
        'Content-Length': '13',
        'Content-MD5': 'mQ/fVh815F3k6TAUm8m0eg==',
        'x-cos-acl': 'private',
        'x-cos-grant-read': 'uin="100000000011"',
      },
    },
    keyTime: '1557989151;1557996351',
    signKey: 'eb2519b498b02ac213cb1f3d1a3d27a3b3c9bc5f',
    httpStringDigest: '8b2751e77f43a0995d6e9eb9477f4b685cca4172',
    signature: '3b8851a11a569213c17ba8fa7dcf2abec6935172',
  },
  {
    name: 'a download with query parameters',
    request: {
      method: 'GET',
      path: '/exampleobject(腾讯云)',
      params: {
        'response-content-type': 'application/octet-stream',
        'response-cache-control': 'max-age=600',
      },
      headers: { Date: 'Thu, 16 May 2019 06:55:53 GMT', Host: host },
    },
    keyTime: '1557989753;1557996953',
    signKey: '937914bf490e9e8c189836aad2052e4feeb35eaf',
    httpStringDigest: '54ecfe22f59d3514fdc764b87a32d8133ea611e6',
    signature: '01681b8c9d798a678e43b685a9f1bba0f6c0e012',
  },
  {
    name: 'a download of a range',
    request: {
      method: 'GET',
      path: '/testfile',
      params: {},
      headers: { Host: 'bucket1-1254000000.cos.ap-beijing.myqcloud.com', Range: 'bytes=0-3' },
    },
    keyTime: '1417773892;1417853898',
    signature: '4b6cbab14ce01381c29032423481ebffd514e8be',
  },
];

const stages = vectors.filter(({ signKey }) => signKey !== undefined);

test.each(stages)('The sign key of $name equals the vendor vector', ({ keyTime, signKey }) => {
  expect(signKeyOf(keys.secretKey, keyTime)).toBe(signKey);
});

test.each(stages)('The string to sign of $name equals the vendor vector', (vector) => {
  const httpString = httpStringOf(vector.request);
  expect(createHash('sha1').update(httpString).digest('hex')).toBe(vector.httpStringDigest);
  expect(stringToSignOf(vector.keyTime, httpString)).toBe(`sha1
${vector.keyTime}
${vector.httpStringDigest}
`);
});

test.each(vectors)('The signature of $name equals the vendor vector', ({ request, keyTime, signature }) => {
  expect(signatureOf(request, keys.secretKey, keyTime)).toBe(signature);
});

test('The authorization holds the seven fields of the vendor page in their order', () => {
  const [, , { request }] = vectors as readonly [Vector, Vector, Vector];
  expect(authorizationOf(signCos(request, keys, { start: 1417773892, end: 1417853898 }))).toBe(
    `q-sign-algorithm=sha1&q-ak=${keys.secretId}&q-sign-time=1417773892;1417853898&q-key-time=1417773892;1417853898` +
      '&q-header-list=host;range&q-url-param-list=&q-signature=4b6cbab14ce01381c29032423481ebffd514e8be',
  );
});

test('Only headers that arrive unchanged are signed', () => {
  const headers = {
    'User-Agent': 'x',
    Host: 'h',
    'X-Cos-Acl': 'private',
    Connection: 'close',
    Range: 'bytes=0-',
  };
  expect(nameListOf(signedHeadersOf(headers))).toBe('host;range;x-cos-acl');
});
