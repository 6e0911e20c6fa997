/** Who sent a request, and what it asks for, with any of the vendor's signature methods. */
import { parseAuthorization } from '../../tc3/signature.ts';
import type { CredentialsById, Refusal as Rejection, Verdict } from '../../tc3/verdict.ts';
import { verify, verifyClaims } from '../../tc3/verify.ts';
import { verifyV1 } from '../../tc3/verify-v1.ts';
import { nest, parametersOf, parseJson } from './params.ts';
import { messageOf, messageTemplates, Refusal } from './refusals.ts';
import { type BodyLimit, limits, type RequestHead, type WireRequest } from './wire.ts';

/** An authenticated request. */
export interface Call {
  readonly secretId: string;
  readonly action: string | undefined;
  readonly version: string | undefined;
  readonly region: string | undefined;
  /** The parameters as an object. Read late, because an unknown action is reported before malformed content. */
  readonly parameters: () => unknown;
  /**
   * The value of a header that the signature covers.
   * @param name in lower case
   * @throws Refusal when the header was sent and is not signed
   */
  readonly signedHeader: (name: string) => string | undefined;
}

/**
 * The checks that need no body, so that the server reads none for a request that fails them: where the request comes
 * from, its method and declared size, and of a TC3 signature everything but the signature itself.
 * @param now milliseconds since 1970
 * @throws Refusal
 */
export const checkHead = (head: RequestHead, credentials: CredentialsById, now: number): void => {
  const rejectedOrigin = rejectedOriginOf(head);
  if (rejectedOrigin) throw new Refusal('UnauthorizedOperation', rejectedOrigin);

  // https://www.tencentcloud.com/document/api/213/31572 (request structure)
  const isTooLong = head.method === 'GET' && head.url.length > limits.get;
  const declaredLength = Number(head.headers['content-length']?.[0] ?? 0);
  if (isTooLong || declaredLength > limits.post) throw new Refusal('RequestSizeLimitExceeded');
  if (head.method !== 'POST' && head.method !== 'GET') throw new Refusal('UnsupportedProtocol');

  const [path, query] = split(head.url);
  // The canonical URI of this API is always a slash, so no other path can have been signed.
  if (path !== '/') throw new Refusal('AuthFailure.SignatureFailure', 'The path of a request is always `/`.');
  if (isOlderMethod(head, query)) {
    if (declaredLength > limits.postV1) {
      throw new Refusal('AuthFailure.SignatureFailure', messageTemplates.tooLargeForV1());
    }
    return;
  }
  const claims = verifyClaims(singleValues(head), credentials, now);
  if (!claims.ok) throw refusalOf(claims);
};

/**
 * How much body to read for a request: nothing when its head is refused. The older method has its signature among the
 * parameters, so its caller is not known before the body is read.
 */
export const bodyLimitOf = (head: RequestHead, credentials: CredentialsById, now: number): BodyLimit => {
  try {
    checkHead(head, credentials, now);
  } catch (error) {
    if (error instanceof Refusal) return { bytes: 0, isVerified: false };
    throw error;
  }
  return isOlderMethod(head, split(head.url)[1])
    ? { bytes: limits.postV1, isVerified: false }
    : { bytes: limits.post, isVerified: true };
};

/**
 * A browser sends `Origin` with what a page sends to another origin, and after DNS rebinding the page's own Host.
 * Signatures keep such requests out as well; this keeps them from reaching that code.
 * @returns the reason, or nothing for a program on this machine
 */
const rejectedOriginOf = ({ headers }: RequestHead): string | undefined => {
  if (headers.origin !== undefined) return 'Requests of web pages (with an Origin header) are not served.';
  const [host = '', ...others] = headers.host ?? [];
  if (others.length > 0 || !isLoopbackHost(host)) {
    return 'The Host header must name this machine: 127.0.0.1, [::1] or localhost, with any port.';
  }
  return undefined;
};

// The vendor's command line and Python SDK send the endpoint as it was configured, scheme included.
const isLoopbackHost = (host: string): boolean =>
  /^(https?:\/\/)?(127(\.\d{1,3}){3}|\[::1\]|localhost|[a-z0-9-]+\.localhost)(:\d{1,5})?\/?$/i.test(host);

const split = (url: string): readonly [string, string] => {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
};

/**
 * Verifies the signature of a request that has passed `checkHead`.
 * @param now milliseconds since 1970
 * @throws Refusal with a code of AuthFailure, or MissingParameter when a part of the signature is missing
 */
export const authenticate = (request: WireRequest, credentials: CredentialsById, now: number): Call => {
  const [, query] = split(request.url);
  return isOlderMethod(request, query)
    ? authenticateV1(request, query, credentials, now)
    : authenticateV3(request, query, credentials, now);
};

/** When a request says that it was signed: milliseconds since 1970, or NaN. */
export const signingTimeOf = (request: RequestHead, body: Buffer = Buffer.alloc(0)): number => {
  const [, query] = split(request.url);
  const seconds = isOlderMethod(request, query)
    ? new Map(pairsOf({ ...request, body }, query)).get('Timestamp')
    : request.headers['x-tc-timestamp']?.[0];
  return Number(seconds || Number.NaN) * 1000;
};

/** Headers that are part of the signature or of the routing, and so may be sent only once. */
const onlyOnce = /^(authorization|content-type|host|x-tc-.*|x-batch-mcp-.*)$/;

const singleValues = (head: RequestHead): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(head.headers)) {
    const [value = '', ...others] = values ?? [];
    if (others.length > 0 && onlyOnce.test(name)) {
      throw new Refusal(
        'AuthFailure.InvalidAuthorization',
        `The header \`${name}\` was sent more than once.`,
      );
    }
    headers[name] = value;
  }
  return headers;
};

const authenticateV3 = (
  request: WireRequest,
  query: string,
  credentials: CredentialsById,
  now: number,
): Call => {
  const headers = singleValues(request);
  const { method } = request;
  const verdict = verify(
    { method, query, headers, body: method === 'GET' ? '' : request.body },
    credentials,
    now,
  );
  return {
    secretId: secretIdOf(verdict),
    action: headers['x-tc-action'],
    version: headers['x-tc-version'],
    region: headers['x-tc-region'],
    parameters: () =>
      method === 'GET'
        ? nested(() => parametersOf(query))
        : jsonOf(request.body, headers['content-type'] ?? ''),
    signedHeader: (name) => {
      const isSigned = parseAuthorization(headers.authorization ?? '')?.signedHeaders.includes(name);
      if (headers[name] !== undefined && !isSigned) throw unsignedHeader(name);
      return headers[name];
    },
  };
};

const unsignedHeader = (name: string): Refusal =>
  new Refusal('AuthFailure.InvalidAuthorization', `SignedHeaders must name \`${name}\`.`);

/** Common parameters of the older method; they travel among the action's own. https://www.tencentcloud.com/document/api/213/31573 */
const commonParameters: readonly string[] = [
  'Action',
  'Version',
  'Region',
  'Timestamp',
  'Nonce',
  'SecretId',
  'Signature',
  'SignatureMethod',
  'Token',
  'Language',
  'RequestClient',
];

const isOlderMethod = ({ method, headers }: RequestHead, query: string): boolean => {
  if (headers.authorization !== undefined) return false;
  return method === 'GET'
    ? /(^|&)Signature=/.test(query)
    : /^application\/x-www-form-urlencoded\b/i.test(headers['content-type']?.[0] ?? '');
};

const pairsOf = (request: Pick<WireRequest, 'method' | 'body'>, query: string): readonly [string, string][] =>
  readable(() => parametersOf(request.method === 'GET' ? query : request.body.toString('utf8')));

const authenticateV1 = (
  request: WireRequest,
  query: string,
  credentials: CredentialsById,
  now: number,
): Call => {
  const pairs = pairsOf(request, query);
  const parameters = new Map(pairs);
  if (parameters.size !== pairs.length) {
    throw new Refusal('InvalidParameter', 'A parameter was sent more than once.');
  }
  const verdict = verifyV1(
    { method: request.method, host: request.headers.host?.[0] ?? '', parameters },
    credentials,
    now,
  );
  return {
    secretId: secretIdOf(verdict),
    action: parameters.get('Action'),
    version: parameters.get('Version'),
    region: parameters.get('Region'),
    parameters: () => nested(() => pairs.filter(([name]) => !commonParameters.includes(name))),
    // This method signs parameters only.
    signedHeader: (name) => {
      if (request.headers[name] !== undefined) throw unsignedHeader(name);
      return undefined;
    },
  };
};

const secretIdOf = (verdict: Verdict): string => {
  if (!verdict.ok) throw refusalOf(verdict);
  return verdict.secretId;
};

/** The service's own sentence first, where it is known, then the exact reason, which the service keeps to itself. */
const refusalOf = ({ code, reason }: Rejection): Refusal =>
  new Refusal(code, code === 'MissingParameter' ? reason : `${messageOf(code)} ${reason}`);

const readable = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal('InvalidParameter', error.message);
    throw error;
  }
};

const nested = (pairs: () => readonly (readonly [string, string])[]): unknown =>
  readable(() => nest(pairs()));

const jsonOf = (body: Buffer, contentType: string): unknown => {
  // Multipart exists for actions that take binary parameters; this API has none.
  if (/^multipart\//i.test(contentType)) {
    throw new Refusal(
      'InvalidRequest',
      'Multipart requests are not served by this engine; send application/json.',
    );
  }
  return body.length === 0 ? {} : readable(() => parseJson(body));
};
