/** Calls an action of the API at an endpoint: signs it, sends it, reads the answer. */
import {
  type ActionName,
  actions,
  apiVersion,
  type InputOf,
  type OutputOf,
  service,
} from '../catalogue/index.ts';
import { ConfigError } from '../errors.ts';
import { createDeriveKey } from '../tc3/derived-key.ts';
import { type Credential, sign } from '../tc3/sign.ts';
import { type Endpoint, regionOf } from './endpoints.ts';
import { responseOf } from './response.ts';
import type { Transport } from './transport.ts';

/** Told while a call waits, so that a person sees why nothing happens. */
export interface Wait {
  readonly reason: string;
  readonly milliseconds: number;
}

export interface CallOptions {
  /** Instead of the client's own region. */
  readonly region?: string;
  readonly signal?: AbortSignal;
  readonly onWait?: (wait: Wait) => void;
}

export interface BatchClient {
  /** The address, for people. */
  readonly endpoint: string;
  /** The region of calls that name none. */
  readonly region: string | undefined;
  /**
   * Calls one action with arguments that were validated before; they are sent as they are.
   * @throws InputError or ConfigError when nothing was sent; ApiError when the service refused; TransportError when
   *   there is no usable answer
   */
  call<A extends ActionName>(action: A, input: InputOf<A>, options?: CallOptions): Promise<OutputOf<A>>;
  close(): Promise<void>;
}

export interface BatchClientOptions {
  readonly endpoint: Endpoint;
  readonly region?: string | undefined;
  /** Asked before every request, so that rotated keys are seen. */
  readonly credential: (signal?: AbortSignal) => Promise<Credential>;
  readonly transport: Transport;
  /** Of this program; the service is told who calls. */
  readonly version: string;
  /** Longest time one call may take. The vendor's SDKs give up after the same minute. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export const createBatchClient = (options: BatchClientOptions): BatchClient => {
  const { endpoint, transport, now = Date.now, timeoutMs = 60_000 } = options;
  const deriveKey = createDeriveKey();
  return {
    endpoint: endpoint.name,
    region: options.region,
    call: async <A extends ActionName>(action: A, input: InputOf<A>, call: CallOptions = {}) => {
      const region = call.region ?? options.region;
      if (region === undefined) {
        throw new ConfigError(
          `${action} needs a region: give the argument Region, or start with --region or TENCENTCLOUD_REGION, for example ap-guangzhou.`,
        );
      }
      const origin = endpoint.originOf(regionOf(region, action));
      const credential = await options.credential(call.signal);
      const subject = { name: action, changes: actions[action].effect !== 'read' };
      const body = JSON.stringify(input);
      const signed = sign(
        { method: 'POST', host: new URL(origin).host, service, action, version: apiVersion, region, body },
        credential,
        now(),
        deriveKey,
      );
      const answer = await transport.send({
        subject,
        method: 'POST',
        origin,
        headers: {
          ...signed,
          'x-tc-language': 'en-US',
          'x-tc-requestclient': `batch-mcp_${options.version}`,
        },
        body,
        timeoutMs,
        signal: call.signal,
      });
      // The catalogue says what the answer of an action looks like; answers are loose and never parsed, so that a new
      // field of the service cannot break a call.
      return responseOf(subject, origin, answer, [credential.secretKey, credential.token]) as OutputOf<A>;
    },
    close: () => transport.close(),
  };
};
