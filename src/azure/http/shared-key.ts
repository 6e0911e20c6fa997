/** SharedKey: signs requests of Azure Batch with the key of the account. Pure functions. */
import { createHmac } from 'node:crypto';

export interface SignableRequest {
  readonly method: string;
  /** The complete URL as it is sent. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

// The order is part of the signature. `ocp-date` is a canonical header, so `date` stays empty.
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
 * The string to sign.
 * @see https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
 */
export const stringToSign = (request: SignableRequest, account: string): string =>
  [request.method.toUpperCase(), ...signedHeaders.map((name) => request.headers[name] ?? '')].join('\n') +
  `\n${canonicalHeaders(request.headers)}${canonicalResource(request.url, account)}`;

/**
 * The value of the `Authorization` header.
 * @param key the account's key in base64, as shown in the portal
 */
export const authorizationOf = (request: SignableRequest, account: string, key: string): string => {
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(stringToSign(request, account), 'utf8')
    .digest('base64');
  return `SharedKey ${account}:${signature}`;
};

/** All `ocp-` headers (`ocp-date`, `ocp-range`), sorted by name. */
const canonicalHeaders = (headers: Readonly<Record<string, string>>): string =>
  Object.keys(headers)
    .filter((name) => name.startsWith('ocp-'))
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
    .join('');

/** The path as sent, then the decoded parameters, names in lower case and sorted. */
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
