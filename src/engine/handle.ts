/** Handles one request: every check in a fixed order, then the handler of the action. */
import { type ActionName, actions, apiVersion, isActionName } from '../catalogue/index.ts';
import { isRegionName } from '../catalogue/regions.ts';
import type { CredentialsById } from '../tc3/verdict.ts';
import type { Handler, HandlerContext, Handlers } from './handlers/handler.ts';
import { authenticate, type Call, checkHead } from './http/authenticate.ts';
import { checkInput } from './http/check-input.ts';
import { actionOf } from './http/params.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { messageTemplates, Refusal } from './http/refusals.ts';
import {
  type CompleteResponse,
  errorResponse,
  type RequestHandler,
  type RequestRecord,
  resultResponse,
  type WireRequest,
} from './http/wire.ts';
import { transaction } from './store/database.ts';

export interface HandleOptions {
  readonly handlers: Handlers;
  /** Passed to every handler; the request adds its region and attempt. */
  readonly context: Omit<HandlerContext, 'region' | 'attempt'>;
  readonly credentials: CredentialsById;
  /** Called with every request after its response is made. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
  /** Called with exceptions that are defects of the engine; the caller only learns `InternalError`. */
  readonly onDefect?: ((error: unknown, action: string) => void) | undefined;
}

/** The header that selects an attempt of a task instance for the actions in `attemptActions`. It must be signed. */
const attemptHeader = 'x-batch-mcp-attempt';
const attemptActions: readonly ActionName[] = ['DescribeTaskLogs'];

/** Withdrawn by the vendor in 2025 after years in its SDKs. */
const offlineActions: readonly string[] = ['CreateCpmComputeEnv', 'DescribeCpmOsInfo'];

/**
 * The English pages call the region optional for every action of this API, the mainland ones required. A service would
 * choose the nearest region; for this machine any is as near, so the first of the list is used.
 */
const defaultRegion = 'ap-guangzhou';

/** Creates the function that answers requests. */
export const createHandle = (options: HandleOptions): RequestHandler => {
  const exceededRate = createRateLimit(options.context.settings.rateLimit);
  return (request, now) => respond(request, now, options, exceededRate);
};

interface RequestLog {
  readonly action: string;
  region: string;
}

const respond = (
  request: WireRequest,
  now: number,
  options: HandleOptions,
  exceededRate: ReturnType<typeof createRateLimit>,
): CompleteResponse => {
  const log: RequestLog = { action: actionOf(request), region: '' };
  let code: string | undefined;
  let response: CompleteResponse;
  try {
    response = resultResponse(carryOut(request, now, options, exceededRate, log));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('InternalError');
    if (refusal !== error) options.onDefect?.(error, log.action);
    code = refusal.code;
    response = errorResponse(refusal.code, refusal.message);
  }
  options.onRequest?.({ time: now, requestId: response.requestId, ...log, code });
  // Clients measure the skew of their own clock by `Date`.
  return { ...response, headers: { Date: new Date(now).toUTCString(), ...traceOf(request) } };
};

/** The vendor's Node SDK sends its own id with each request and expects it back in the response. */
const traceOf = ({ headers }: WireRequest): Readonly<Record<string, string>> => {
  const trace = headers['x-tc-traceid']?.[0] ?? '';
  return /^[\w-]{1,64}$/.test(trace) ? { 'X-TC-TraceId': trace } : {};
};

/**
 * The vendor documents the checks, not their order; this order is the engine's. It goes from what needs no trust (size,
 * method) over the caller's identity to the content, so that a caller without a key learns nothing about an action.
 * @returns the result of the action
 * @throws Refusal
 */
const carryOut = (
  request: WireRequest,
  now: number,
  { handlers, context, credentials }: HandleOptions,
  exceededRate: ReturnType<typeof createRateLimit>,
  log: RequestLog,
): object => {
  // Origin, method, declared size; form of the authorization, time, id. The server ran this before it read the body.
  checkHead(request, credentials, now);
  if (request.tooLarge) throw new Refusal('RequestSizeLimitExceeded');

  // Signature and token.
  const call = authenticate(request, credentials, now);
  log.region = call.region ?? '';

  const action = actionNameOf(call);
  const region = regionOf(call);
  log.region = region;
  const attempt = attemptOf(call, action);

  // Rate before content: the service also counts requests that it then refuses for their content.
  const exceeded = exceededRate?.(action, region, call.secretId, now);
  if (exceeded) {
    throw new Refusal(
      'RequestLimitExceeded',
      messageTemplates.tooManyRequests(exceeded.count, exceeded.limit),
    );
  }

  // JSON, unknown parameters, missing ones, types, values.
  const input = checkInput(action, call.parameters());

  // Resources, states, quotas: what the action itself checks.
  return runHandler(handlers, action, input, { ...context, region, attempt });
};

const actionNameOf = (call: Call): ActionName => {
  if (!call.action) throw new Refusal('MissingParameter', messageTemplates.missing('Action'));
  if (!call.version) throw new Refusal('MissingParameter', messageTemplates.missing('Version'));
  if (offlineActions.includes(call.action)) throw new Refusal('ActionOffline');
  if (!isActionName(call.action)) {
    throw new Refusal('InvalidAction', `The action \`${call.action.slice(0, 60)}\` is not known.`);
  }
  if (call.version !== apiVersion) {
    throw new Refusal('NoSuchVersion', messageTemplates.noSuchVersion(call.version.slice(0, 20), 'batch'));
  }
  return call.action;
};

const regionOf = (call: Call): string => {
  if (!call.region) return defaultRegion;
  if (!isRegionName(call.region)) throw new Refusal('UnsupportedRegion');
  return call.region;
};

const attemptOf = (call: Call, action: ActionName): number | undefined => {
  const text = call.signedHeader(attemptHeader);
  if (text === undefined) return undefined;
  if (!attemptActions.includes(action)) {
    throw new Refusal(
      'InvalidParameter',
      `${action} has no attempts; ${attemptHeader} works with ${attemptActions.join(', ')}.`,
    );
  }
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new Refusal('InvalidParameterValue', `${attemptHeader} must be a number from 1.`);
  }
  return Number(text);
};

/**
 * Runs the handler of an action; a change in one transaction, which a refusal rolls back.
 * @throws Refusal
 */
const runHandler = (
  handlers: Handlers,
  action: ActionName,
  input: unknown,
  context: HandlerContext,
): object => {
  // The registry is checked per action; TypeScript cannot follow here that the action and the input belong together.
  const handler = handlers[action] as unknown as Handler<never>;
  const refuse = (code: Refusal['code'], message?: string): never => {
    throw new Refusal(code, message);
  };
  const run = () => handler(input as never, context, refuse);
  // A change is on the disk before it is answered.
  const { effect } = actions[action];
  // What ends work makes room, so it may use the reserve of a full disk.
  return effect === 'read'
    ? run()
    : transaction(context.db, run, { durable: true, reserve: effect === 'destroy' });
};
