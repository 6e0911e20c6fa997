/** The request signature of COS, step by step and under the names of the vendor's page: https://www.tencentcloud.com/document/product/436/7778 */
import { createHash, createHmac } from 'node:crypto';

/** What a COS signature covers. */
export interface CosRequest {
  readonly method: string;
  /** Decoded path with the leading slash; the URL carries the encoded form. */
  readonly path: string;
  /** Decoded query parameters to sign; a parameter without a value has the empty string. */
  readonly params: Readonly<Record<string, string>>;
  /** Headers to sign, in any case. `signedHeadersOf` selects them. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface CosKeys {
  readonly secretId: string;
  readonly secretKey: string;
}

/** Validity of a signature in seconds since 1970. */
export interface KeyTime {
  readonly start: number;
  readonly end: number;
}

const hmacSha1 = (key: string, text: string): string => createHmac('sha1', key).update(text).digest('hex');

/** Percent-encoding as COS expects it: `encodeURIComponent` leaves `!'()*` as they are, the signature does not. */
const urlEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const keyTimeOf = ({ start, end }: KeyTime): string => `${start};${end}`;

export const signKeyOf = (secretKey: string, keyTime: string): string => hmacSha1(secretKey, keyTime);

/** Names and values encoded, names in lower case, sorted by name. */
const encodedPairs = (values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(values)
    .map(([name, value]) => [urlEncode(name).toLowerCase(), urlEncode(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));

/** `UrlParamList` or `HeaderList`: the signed names. */
export const nameListOf = (values: Readonly<Record<string, string>>): string =>
  encodedPairs(values)
    .map(([name]) => name)
    .join(';');

export const httpStringOf = ({ method, path, params, headers }: CosRequest): string => {
  const joined = (values: Readonly<Record<string, string>>) =>
    encodedPairs(values)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
  return `${method.toLowerCase()}\n${path}\n${joined(params)}\n${joined(headers)}\n`;
};

export const stringToSignOf = (keyTime: string, httpString: string): string =>
  `sha1\n${keyTime}\n${createHash('sha1').update(httpString).digest('hex')}\n`;

/** The last step: the sign key is used as the hexadecimal text it is. */
export const signatureOf = (request: CosRequest, secretKey: string, keyTime: string): string =>
  hmacSha1(signKeyOf(secretKey, keyTime), stringToSignOf(keyTime, httpStringOf(request)));

/** The headers that the vendor's clients sign; others (`user-agent`, `connection`) may be changed on the way. */
const signedHeader =
  /^(cache-control|content-(disposition|encoding|language|length|md5|type)|expect|expires|host|if-(match|none-match|modified-since|unmodified-since)|origin|range|transfer-encoding|x-cos-.*|x-ci-.*)$/;

/** @returns those of the headers that take part in the signature, names in lower case */
export const signedHeadersOf = (
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => signedHeader.test(name)),
  );

/**
 * Signs a request.
 * @returns the fields of the signature in the order of the vendor's page; joined by `&` they are the header
 *   `Authorization`, encoded one by one they are the query of a pre-signed link
 */
export const signCos = (
  request: CosRequest,
  { secretId, secretKey }: CosKeys,
  validity: KeyTime,
): readonly (readonly [string, string])[] => {
  const keyTime = keyTimeOf(validity);
  return [
    ['q-sign-algorithm', 'sha1'],
    ['q-ak', secretId],
    ['q-sign-time', keyTime],
    ['q-key-time', keyTime],
    ['q-header-list', nameListOf(request.headers)],
    ['q-url-param-list', nameListOf(request.params)],
    ['q-signature', signatureOf(request, secretKey, keyTime)],
  ];
};

export const authorizationOf = (fields: readonly (readonly [string, string])[]): string =>
  fields.map(([name, value]) => `${name}=${value}`).join('&');
