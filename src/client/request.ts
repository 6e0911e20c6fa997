/** One signed request for an action of the API. */
import { apiVersion, service } from '../catalogue/index.ts';
import type { DeriveKey } from '../tc3/derived-key.ts';
import { type Credential, sign } from '../tc3/sign.ts';
import type { Operation } from './failures.ts';
import type { HttpRequest } from './transport.ts';

export interface ActionRequest {
  readonly operation: Operation;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly region: string;
  readonly body: string;
  /** Selects an attempt of a task instance of a local engine. */
  readonly attempt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Signing {
  readonly credential: Credential;
  /** Milliseconds since 1970, by the service's clock. */
  readonly signedAt: number;
  readonly deriveKey?: DeriveKey;
  /** Of this program; sent to the service. */
  readonly version: string;
  readonly timeoutMs: number;
}

/** Signs a request. A signature holds for one attempt: each has its own timestamp. */
export const requestOf = (
  { operation, origin, region, body, attempt, signal }: ActionRequest,
  { credential, signedAt, deriveKey, version, timeoutMs }: Signing,
): HttpRequest => {
  const { host } = new URL(origin);
  const unsigned = {
    method: 'POST',
    host,
    service,
    action: operation.name,
    version: apiVersion,
    region,
    body,
    headers: attempt === undefined ? {} : { 'x-batch-mcp-attempt': String(attempt) },
  } as const;
  const headers = {
    ...sign(unsigned, credential, signedAt, deriveKey),
    'x-tc-language': 'en-US',
    'x-tc-requestclient': `batch-mcp_${version}`,
  };
  return { operation, method: 'POST', origin, headers, body, timeoutMs, signal };
};
