/** Calls an action of the API at an endpoint: rate-limited, signed, retried where that is safe, idempotent where it creates. */
import { type ActionName, actions, type InputOf, type OutputOf, rateOf } from '../catalogue/index.ts';
import { ConfigError } from '../shared/errors.ts';
import { type Lazy, lazy } from '../shared/lazy.ts';
import { createDeriveKey } from '../tc3/signature.ts';
import { createClockSkew } from './clock.ts';
import type { CosDomain } from './cos/cos-address.ts';
import type { CosClient } from './cos/cos-client.ts';
import type { Credentials } from './credentials/credentials.ts';
import { type Endpoint, regionOf, type Site } from './endpoints.ts';
import type { EngineRequests } from './engine-requests.ts';
import type { JobEventSource } from './job-events.ts';
import type { ProcessState } from './process-state.ts';
import { createLostTerminations, resolveOutcome } from './retry/resolve-outcome.ts';
import { type BeforeSend, sendWithRetry, type Wait } from './retry/send-with-retry.ts';
import type { Transport } from './transport.ts';
import { completeOutput } from './wire.ts';

export type { BeforeSend, Wait } from './retry/send-with-retry.ts';

export interface CallOptions {
  /** Instead of the region of this API client. */
  readonly region?: string;
  readonly signal?: AbortSignal;
  /** Called before a long wait, so that it can be shown. */
  readonly onWait?: (wait: Wait) => void;
  /**
   * Called when the rate permit is held, before every request. What it throws ends the call, and that request is not
   * sent. The permit is released and acquired again if this takes longer than five seconds.
   */
  readonly beforeSend?: BeforeSend;
  /** Selects an attempt of the task instance, from 1; not an HTTP request. Only for DescribeTaskLogs of a local engine. */
  readonly instanceAttempt?: number;
}

export interface CallResult<A extends ActionName> {
  readonly output: OutputOf<A>;
  /** What the caller must know beside the output: that it answers an earlier call, that it is only probable. */
  readonly notices: readonly string[];
  /** The ClientToken that was added; absent where the action has none or the caller gave one. */
  readonly clientToken: string | undefined;
}

export interface BatchClient {
  /** The address, for people. */
  readonly endpoint: string;
  /** Set for a local engine. */
  readonly engine?: EngineRequests | undefined;
  /** The events of the jobs of the account. Absent only in tests that do not use it. */
  readonly events?: JobEventSource | undefined;
  /** Object storage with the same credentials; loaded by the first call that needs it. */
  readonly storage: Lazy<CosClient>;
  /** The region of calls that name none, as far as it is known: one configured beside the keys is read at the first call. */
  readonly region: string | undefined;
  /** As whom calls are made, and the region of those that name none. @throws ConfigError without working credentials */
  identity(): Promise<{ readonly account: string; readonly region: string | undefined }>;
  /**
   * Calls one action with arguments that were validated before; they are sent unchanged, with a ClientToken where the
   * action has one and the caller gave none.
   * @throws InputError or ConfigError when nothing was sent; ApiError when the service refused; TransportError when
   *   there is no usable response. The last two carry the `clientToken` that was sent.
   */
  call<A extends ActionName>(action: A, input: InputOf<A>, options?: CallOptions): Promise<CallResult<A>>;
  close(): Promise<void>;
}

export interface RateOptions {
  /** Keep the rates of this site, also where the endpoint has none. */
  readonly rateLimit?: Site | undefined;
  readonly noRateLimit?: boolean;
}

export interface BatchClientOptions {
  readonly endpoint: Endpoint;
  readonly region?: string | undefined;
  /** Read before every request, so that rotated keys take effect. */
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly processState: ProcessState;
  readonly rates?: RateOptions;
  /** Hosts of object storage; by default those of the cloud, and for a loopback endpoint the endpoint itself. */
  readonly cosDomain?: CosDomain | undefined;
  readonly events?: JobEventSource | undefined;
  /** Of this program; sent to the service. */
  readonly version: string;
  /** Maximum duration of one call without its first wait for a permit. The vendor's SDKs give up after the same minute. */
  readonly timeoutMs?: number;
}

export const createBatchClient = (options: BatchClientOptions): BatchClient => {
  const { endpoint, credentials, transport, timeoutMs = 60_000, version } = options;
  const { rateLimiter, idempotencyStore, clock, random } = options.processState;
  const perSecondOf = rateLookupOf(endpoint, options.rates);
  const lostTerminations = createLostTerminations(clock.now);
  const sender = {
    ...{ rateLimiter, clock, random, transport, credentials, version },
    deriveKey: createDeriveKey(),
    skew: createClockSkew(clock.now),
  };
  let ownRegion = options.region;

  /** Where a call goes, and as whom. A wrong region is refused before the credentials are read. */
  const resolveDestination = async (action: ActionName, named = ownRegion) => {
    if (named !== undefined) regionOf(named, action);
    const { account, region: configured } = await credentials.get();
    ownRegion ??= configured;
    const region = regionOf(named ?? configured ?? missingRegion(action), action);
    return { region, account, origin: await endpoint.originOf(region) };
  };

  return {
    endpoint: endpoint.name,
    events: options.events,
    get region() {
      return ownRegion;
    },
    storage: lazy(async () => {
      const { createCosClient } = await import('./cos/cos-client.ts');
      return createCosClient({
        ...{ endpoint, credentials, transport, clock, random, timeoutMs, skew: createClockSkew(clock.now) },
        domain: endpoint.isLoopback ? 'endpoint' : (options.cosDomain ?? 'myqcloud.com'),
        defaultRegion: () => ownRegion,
      });
    }),
    identity: async () => {
      const { account, region } = await credentials.get();
      return { account, region: ownRegion ?? region };
    },
    call: async <A extends ActionName>(action: A, input: InputOf<A>, call: CallOptions = {}) => {
      const { region, account, origin } = await resolveDestination(action, call.region);
      const operation = operationOf(action);
      const key = {
        action,
        endpoint: endpoint.isLoopback ? 'loopback' : endpoint.name,
        account,
        region,
        input,
      };
      const needsToken = operation.hasIdempotencyToken && !hasClientToken(input);
      const recorded = needsToken ? await idempotencyStore.claim(key) : undefined;
      const body = JSON.stringify(recorded ? { ...input, ClientToken: recorded.token } : input);
      const outcome = await sendWithRetry(
        { operation, origin, region, account, body, timeoutMs, perSecond: perSecondOf(action), ...call },
        sender,
      );
      const { value, notices } = await resolveOutcome(outcome, {
        action,
        operation,
        key,
        recorded,
        lostTerminations,
      });
      // The catalogue declares the output of an action; responses are loose and never parsed, so that a new field of the
      // service cannot break a call.
      return {
        output: completeOutput(action, input, value) as OutputOf<A>,
        notices,
        clientToken: recorded?.token,
      };
    },
    close: () => transport.close(),
  };
};

/** @returns calls per second; nothing for this machine, which has no rate limit unless one is configured */
const rateLookupOf =
  (endpoint: Endpoint, { rateLimit, noRateLimit = false }: RateOptions = {}) =>
  (action: ActionName): number | undefined => {
    if (noRateLimit) return undefined;
    const site = rateLimit ?? (endpoint.isLoopback ? undefined : endpoint.site);
    return site === undefined ? undefined : rateOf(action, site);
  };

const operationOf = (action: ActionName) => {
  const { effect, idempotent, input } = actions[action];
  const hasIdempotencyToken = 'ClientToken' in input.shape;
  const isRetryable = effect === 'read' || idempotent || hasIdempotencyToken;
  return { name: action, changes: effect !== 'read', hasIdempotencyToken, isRetryable };
};

const hasClientToken = (input: object): boolean => 'ClientToken' in input && input.ClientToken !== undefined;

const missingRegion = (action: ActionName): never => {
  throw new ConfigError(
    `${action} needs a region: give the argument Region, or start with --region or TENCENTCLOUD_REGION, for example ap-guangzhou.`,
  );
};
