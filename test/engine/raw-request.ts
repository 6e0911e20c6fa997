/** Requests written by hand: signed by the documented steps once more, and sent with whatever headers a test wants. */
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { type Reply, replyOf } from './wire-engine.ts';

/** Where a request goes, who signs it and when. */
export interface RawTarget {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly secretId: string;
  readonly secretKey: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Sends what `fetch` would not: any Host, any header twice. */
export const raw = (
  target: Pick<RawTarget, 'host'>,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
  body: string | Buffer = '',
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const [host, port] = target.host.split(':');
    const outgoing = httpRequest({ host, port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const contentType = incoming.headers['content-type'] ?? '';
        resolve(
          replyOf(
            new Response(Buffer.concat(chunks), {
              status: incoming.statusCode ?? 0,
              headers: { 'content-type': contentType },
            }),
          ),
        );
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

export const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

export interface Tc3 {
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
  /** What is signed as the host, and what is sent. */
  readonly signedHost?: string;
  readonly sentHost?: string;
  readonly service?: string;
  readonly contentType?: string;
  readonly action?: string;
  readonly extra?: Record<string, string>;
  readonly signedHeaders?: readonly string[];
  readonly payloadHash?: string;
  readonly date?: string;
}

/** The documented steps written out once more, so that the engine is not only compared with this project's signer. */
export const tc3 = (target: RawTarget, options: Tc3) => {
  const {
    method = 'POST',
    query = '',
    body = '',
    service = 'batch',
    action = 'DescribeComputeEnvs',
  } = options;
  const contentType =
    options.contentType ?? (method === 'GET' ? 'application/x-www-form-urlencoded' : 'application/json');
  const seconds = Math.floor(target.now / 1000);
  const date = options.date ?? new Date(seconds * 1000).toISOString().slice(0, 10);
  const sent: Record<string, string> = {
    'content-type': contentType,
    host: options.sentHost ?? target.host,
    'x-tc-action': action,
    'x-tc-version': '2017-03-12',
    'x-tc-region': 'ap-guangzhou',
    'x-tc-timestamp': String(seconds),
    ...options.extra,
  };
  const signedHeaders = options.signedHeaders ?? ['content-type', 'host'];
  const values: Record<string, string> = { ...sent, host: options.signedHost ?? sent.host ?? '' };
  const canonicalHeaders = signedHeaders.map(
    (name) => `${name}:${(values[name] ?? '').toLowerCase().trim()}\n`,
  );
  const payload = options.payloadHash ?? sha256(method === 'GET' ? '' : body);
  const canonical = [method, '/', query, canonicalHeaders.join(''), signedHeaders.join(';'), payload].join(
    '\n',
  );
  const scope = `${date}/${service}/tc3_request`;
  const text = ['TC3-HMAC-SHA256', seconds, scope, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(`TC3${target.secretKey}`, date), service), 'tc3_request');
  const authorization = `TC3-HMAC-SHA256 Credential=${target.secretId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${hmac(key, text).toString('hex')}`;
  return { method, path: query ? `/?${query}` : '/', headers: { ...sent, authorization }, body };
};
export const sendTc3 = (target: RawTarget, options: Tc3) => {
  const { method, path, headers, body } = tc3(target, options);
  return raw(target, method, path, headers, body);
};

/** Signs a form by the older method, HmacSHA256, and sends it. */
export const sendForm = (
  target: RawTarget,
  action: string,
  pairs: readonly (readonly [string, string])[],
): Promise<Reply> => {
  const parameters = Object.fromEntries([
    ['Action', action],
    ['Version', '2017-03-12'],
    ['Region', 'ap-guangzhou'],
    ['Timestamp', String(Math.floor(target.now / 1000))],
    ['Nonce', '4711'],
    ['SecretId', target.secretId],
    ['SignatureMethod', 'HmacSHA256'],
    ...pairs,
  ]);
  const plain = Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join('&');
  const Signature = createHmac('sha256', target.secretKey)
    .update(`POST${target.host}/?${plain}`)
    .digest('base64');
  const form = new URLSearchParams({ ...parameters, Signature }).toString();
  return raw(
    target,
    'POST',
    '/',
    { host: target.host, 'content-type': 'application/x-www-form-urlencoded' },
    form,
  );
};
