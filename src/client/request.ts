/** One signed request for an action of the API. */
import { apiVersion, service } from '../catalogue/index.ts';
import type { DeriveKey } from '../tc3/derived-key.ts';
import { type Credential, sign } from '../tc3/sign.ts';
import type { Operation } from './failures.ts';
import type { HttpRequest } from './transport.ts';

export interface ActionRequest {
  readonly subject: Operation;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly region: string;
  readonly body: string;
  readonly credential: Credential;
  /** Milliseconds since 1970, by the service's clock. */
  readonly signedAt: number;
  readonly deriveKey?: DeriveKey;
  /** Of this program; the service is told who calls. */
  readonly version: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export const requestOf = (wanted: ActionRequest): HttpRequest => {
  const { subject, origin, region, body, signal, timeoutMs } = wanted;
  const signed = sign(
    {
      method: 'POST',
      host: new URL(origin).host,
      service,
      action: subject.name,
      version: apiVersion,
      region,
      body,
    },
    wanted.credential,
    wanted.signedAt,
    wanted.deriveKey,
  );
  const headers = {
    ...signed,
    'x-tc-language': 'en-US',
    'x-tc-requestclient': `batch-mcp_${wanted.version}`,
  };
  return { subject, method: 'POST', origin, headers, body, timeoutMs, signal };
};
