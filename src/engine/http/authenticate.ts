/** Who sent a request and what it asks for, whichever of the vendor's signature methods signed it. */
import type { Lookup, Verdict } from '../../tc3/verdict.ts';
import { verify } from '../../tc3/verify.ts';
import { verifyV1 } from '../../tc3/verify-v1.ts';
import { parseJson } from './json.ts';
import { nest, parametersOf } from './params.ts';
import { messageOf, messageTemplates, Refusal } from './refusals.ts';
import { limits, type WireRequest } from './wire.ts';

/** An authenticated request. */
export interface Call {
  readonly secretId: string;
  readonly action: string | undefined;
  readonly version: string | undefined;
  readonly region: string | undefined;
  /** The parameters as an object; read late, because malformed content is refused after an unknown action. */
  readonly parameters: () => unknown;
}

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

/**
 * Checks who sent a request.
 * @param now milliseconds since 1970
 * @throws Refusal with a code of AuthFailure, or MissingParameter where a part of the signature is not there
 */
export const authenticate = (request: WireRequest, lookup: Lookup, now: number): Call => {
  const [path = '/', query = ''] = split(request.url);
  // The canonical URI of this API is always a slash, so no other path can have been signed.
  if (path !== '/') throw new Refusal('AuthFailure.SignatureFailure', 'The path of a request is always `/`.');
  return request.headers.authorization === undefined && isOlderMethod(request, query)
    ? authenticateV1(request, query, lookup, now)
    : authenticateV3(request, query, lookup, now);
};

const split = (url: string): readonly [string, string] => {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
};

/** Headers that take part in the signature or in the routing, and so must not be there twice. */
const onlyOnce = /^(authorization|content-type|host|x-tc-.*)$/;

const authenticateV3 = (request: WireRequest, query: string, lookup: Lookup, now: number): Call => {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headers)) {
    const [value = '', ...others] = values ?? [];
    if (others.length > 0 && onlyOnce.test(name)) {
      throw new Refusal(
        'AuthFailure.InvalidAuthorization',
        `The header \`${name}\` was sent more than once.`,
      );
    }
    headers[name] = value;
  }
  const { method } = request;
  const verdict = verify({ method, query, headers, body: method === 'GET' ? '' : request.body }, lookup, now);
  return {
    secretId: secretIdOf(verdict),
    action: headers['x-tc-action'],
    version: headers['x-tc-version'],
    region: headers['x-tc-region'],
    parameters: () =>
      method === 'GET'
        ? nested(() => parametersOf(query))
        : jsonOf(request.body, headers['content-type'] ?? ''),
  };
};

const isOlderMethod = (request: WireRequest, query: string): boolean =>
  request.method === 'GET' ? /(^|&)Signature=/.test(query) : isForm(request);

const isForm = (request: WireRequest): boolean =>
  /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type']?.[0] ?? '');

const authenticateV1 = (request: WireRequest, query: string, lookup: Lookup, now: number): Call => {
  if (request.body.length > limits.postV1) {
    throw new Refusal('AuthFailure.SignatureFailure', messageTemplates.tooLargeForV1());
  }
  const pairs = readable(() =>
    parametersOf(request.method === 'GET' ? query : request.body.toString('utf8')),
  );
  const parameters = new Map(pairs);
  if (parameters.size !== pairs.length) {
    throw new Refusal('InvalidParameter', 'A parameter was sent more than once.');
  }
  const verdict = verifyV1(
    { method: request.method, host: request.headers.host?.[0] ?? '', parameters },
    lookup,
    now,
  );
  return {
    secretId: secretIdOf(verdict),
    action: parameters.get('Action'),
    version: parameters.get('Version'),
    region: parameters.get('Region'),
    parameters: () => nested(() => pairs.filter(([name]) => !commonParameters.includes(name))),
  };
};

const secretIdOf = (verdict: Verdict): string => {
  if (verdict.ok) return verdict.secretId;
  // The service's own sentence first, where it is known; then what exactly was wrong, which the service keeps to itself.
  const known = messageOf(verdict.code);
  const isSaid = verdict.code === 'MissingParameter';
  throw new Refusal(verdict.code, isSaid ? verdict.reason : `${known} ${verdict.reason}`);
};

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
