/** Calls an action of the API at an endpoint: once where it creates, paced, signed, and again where that is safe. */
import { type ActionName, actions, type InputOf, type OutputOf } from '../catalogue/index.ts';
import { ConfigError } from '../shared/errors.ts';
import { createDeriveKey } from '../tc3/derived-key.ts';
import type { Credentials } from './credentials/credentials.ts';
import { type Endpoint, regionOf } from './endpoints.ts';
import { keyOf } from './idempotency/idempotency-store.ts';
import type { ProcessState } from './process-state.ts';
import { type RateOptions, rateLookupOf } from './rate-limit/rates.ts';
import { requestOf } from './request.ts';
import { responseOf } from './response.ts';
import { createClockSkew } from './retry/clock-skew.ts';
import { createLostTerminations, resolveOutcome } from './retry/resolve-outcome.ts';
import { sendWithRetry, type Wait } from './retry/send-with-retry.ts';
import type { Transport } from './transport.ts';

export type { Wait } from './retry/send-with-retry.ts';

export interface CallOptions {
  /** Instead of the client's own region. */
  readonly region?: string;
  readonly signal?: AbortSignal;
  /** Told before a wait, so that it can be shown. */
  readonly onWait?: (wait: Wait) => void;
  /** Told what the caller must know beside the answer: that it answers an earlier call, that it is only probable. */
  readonly onNotice?: (text: string) => void;
  /** Told the ClientToken that was added, before anything is sent. */
  readonly onToken?: (token: string) => void;
}

export interface BatchClient {
  /** The address, for people. */
  readonly endpoint: string;
  /** The region of calls that name none, as far as it is known: one that stands beside the keys is seen at the first call. */
  readonly region: string | undefined;
  /**
   * Calls one action with arguments that were validated before; they are sent as they are, with a ClientToken where the
   * action has one and the caller gave none.
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
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly shared: ProcessState;
  readonly rates?: RateOptions;
  /** Of this program; the service is told who calls. */
  readonly version: string;
  /** Longest time one call may take, its first wait for a turn apart. The vendor's SDKs give up after the same minute. */
  readonly timeoutMs?: number;
}

export const createBatchClient = (options: BatchClientOptions): BatchClient => {
  const { endpoint, transport, timeoutMs = 60_000 } = options;
  const { pace, once, clock, random } = options.shared;
  const perSecondOf = rateLookupOf(endpoint, options.rates);
  const deriveKey = createDeriveKey();
  const skew = createClockSkew(clock.now);
  const lostEnds = createLostTerminations();
  let region = options.region;

  return {
    endpoint: endpoint.name,
    get region() {
      return region;
    },
    call: async <A extends ActionName>(action: A, input: InputOf<A>, call: CallOptions = {}) => {
      const { signal, onWait, onNotice } = call;
      const asked = call.region ?? region;
      // Told before the credentials are asked for, because it costs nothing to see.
      if (asked !== undefined) regionOf(asked, action);
      const found = await options.credentials.get();
      region ??= found.region;
      const target = targetOf(action, asked ?? region);
      const origin = await endpoint.originOf(target);
      const { account } = found;
      const { effect, idempotent } = actions[action];
      const isOnce = 'ClientToken' in actions[action].input.shape;
      const subject = { name: action, changes: effect !== 'read', isOnce };
      const intent = {
        action,
        endpoint: endpoint.isLoopback ? 'loopback' : endpoint.name,
        account,
        region: target,
        input,
      };
      const hasToken = 'ClientToken' in input && input.ClientToken !== undefined;
      const claim = isOnce && !hasToken ? await once.claim(intent) : undefined;
      if (claim) call.onToken?.(claim.token);
      const body = JSON.stringify(claim ? { ...input, ClientToken: claim.token } : input);
      const lane = { subject, region: target, account, perSecond: perSecondOf(action) };
      const request = { subject, origin, region: target, body, deriveKey, version: options.version, signal };
      let { credential } = found;

      const outcome = await sendWithRetry(
        {
          subject,
          isSafe: effect === 'read' || idempotent || isOnce,
          timeoutMs,
          signal,
          onWait,
          takeTurn: () => pace.take(lane, { signal, onWait }),
          send: async (signedAt, limitMs) => {
            ({ credential } = await options.credentials.get());
            return transport.send(requestOf({ ...request, credential, signedAt, timeoutMs: limitMs }));
          },
          read: (answer) => responseOf(subject, origin, answer, [credential.secretKey, credential.token]),
        },
        { clock, skew, random },
      );
      // The catalogue says what the answer of an action looks like; answers are loose and never parsed, so that a new
      // field of the service cannot break a call.
      return (await resolveOutcome(outcome, {
        subject,
        key: () => keyOf(intent),
        claim,
        lostEnds,
        onNotice,
      })) as OutputOf<A>;
    },
    close: () => transport.close(),
  };
};

const targetOf = (action: ActionName, region: string | undefined): string => {
  if (region !== undefined) return regionOf(region, action);
  throw new ConfigError(
    `${action} needs a region: give the argument Region, or start with --region or TENCENTCLOUD_REGION, for example ap-guangzhou.`,
  );
};
