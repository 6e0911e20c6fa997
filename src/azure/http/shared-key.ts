/** SharedKey: how a request of Azure Batch is signed with the key of the account. Pure, text in, text out. */
import { createHmac } from 'node:crypto';

export interface SignableRequest {
  readonly method: string;
  /** The whole URL as it is sent. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

// The order is part of the signature. With `ocp-date`, which is among the canonical headers, `date` stays empty.
const signedHeaders = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
] as const;

/**
 * The text that is signed.
 * @see https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
 */
export const stringToSign = (request: SignableRequest, account: string): string =>
  [request.method.toUpperCase(), ...signedHeaders.map((name) => request.headers[name] ?? '')].join('\n') +
  `\n${canonicalHeaders(request.headers)}${canonicalResource(request.url, account)}`;

/**
 * The value of `Authorization`.
 * @param key the account's key, base64 as the portal shows it
 */
export const authorizationOf = (request: SignableRequest, account: string, key: string): string => {
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(stringToSign(request, account), 'utf8')
    .digest('base64');
  return `SharedKey ${account}:${signature}`;
};

/** Every header of the service's own (`ocp-date`, but also `ocp-range`), sorted by name. */
const canonicalHeaders = (headers: Readonly<Record<string, string>>): string =>
  Object.keys(headers)
    .filter((name) => name.startsWith('ocp-'))
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
    .join('');

/** The path as it is sent, then the parameters decoded, their names in lower case and sorted. */
const canonicalResource = (address: string, account: string): string => {
  const url = new URL(address);
  const values = new Map<string, string[]>();
  for (const [name, value] of url.searchParams) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const parameters = [...values.keys()].sort().map((name) => `\n${name}:${values.get(name)?.join(',')}`);
  return `/${account}${url.pathname}${parameters.join('')}`;
};
