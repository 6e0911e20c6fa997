/** One request from its bytes to its answer: every check in one fixed order, then the handler. */
import { type ActionName, actions, apiVersion, isActionName } from '../catalogue/index.ts';
import { isRegionName } from '../catalogue/regions.ts';
import type { Lookup } from '../tc3/verdict.ts';
import type { Fault } from './faults/fault-plan.ts';
import { actionOf, applyFault, type ChooseFault, createFaults, type FaultTarget } from './faults/faults.ts';
import type { Handler, HandlerContext, Handlers } from './handlers/handler.ts';
import { authenticate, type Call } from './http/authenticate.ts';
import { checkInput } from './http/check-input.ts';
import { loopbackProblemOf } from './http/loopback.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { messageOf, messageTemplates, Refusal } from './http/refusals.ts';
import {
  type Answer,
  limits,
  refusalAnswer,
  resultAnswer,
  type WholeAnswer,
  type WireRequest,
} from './http/wire.ts';
import { transaction } from './store/database.ts';

/** One answered request, for whoever watches what arrived. It never holds a parameter or a key. */
export interface RequestRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly requestId: string;
  /** As the request names it, known or not. */
  readonly action: string;
  readonly region: string;
  /** The error code, or `undefined` for success. */
  readonly code: string | undefined;
  /** What was made to go wrong with it on purpose. With a `code` beside it, it was mostly not carried out. */
  readonly fault?: string;
}

export interface HandleOptions {
  readonly handlers: Handlers;
  /** What every handler gets; the region is added for each request. */
  readonly context: Omit<HandlerContext, 'region'>;
  readonly lookup: Lookup;
  /** Told of every request after its answer is made: the witness that something was, or was not, sent. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
  /** Decides what goes wrong on purpose; without it only what a request itself asks for. */
  readonly chooseFault?: ChooseFault | undefined;
  /** Told of errors that are defects of the engine; the caller only learns `InternalError`. */
  readonly onDefect?: ((error: unknown, action: string) => void) | undefined;
}

/** Withdrawn by the vendor in 2025; its tools knew them for years. */
const offlineActions: readonly string[] = ['CreateCpmComputeEnv', 'DescribeCpmOsInfo'];

/**
 * English pages call the region optional for every action of this API, mainland ones required. The nearest region
 * is taken where it is absent; to a machine that has no place, the first of the list is as near as any.
 */
const nearestRegion = 'ap-guangzhou';

/**
 * Makes the function that answers requests. Carrying one out is synchronous throughout, so requests never interleave;
 * only an injected fault makes an answer wait.
 */
export const createHandle = (
  options: HandleOptions,
): ((request: WireRequest) => Answer | Promise<Answer>) => {
  const countRequest = createRateLimit(options.context.settings.rateLimit);
  const chooseFault = options.chooseFault ?? createFaults();
  const conclude = (
    request: WireRequest,
    skew: number,
    fault: Fault | undefined,
    work: Work,
  ): WholeAnswer => {
    const seen = { action: actionOf(request), region: '' };
    const now = options.context.now() + skew;
    let code: string | undefined;
    let answer: WholeAnswer;
    try {
      answer = resultAnswer(work(now, seen));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('InternalError');
      if (refusal !== error) options.onDefect?.(error, seen.action);
      code = refusal.code;
      answer = refusalAnswer(refusal.code, refusal.message);
    }
    const record = { time: now, requestId: answer.requestId, ...seen, code };
    options.onRequest?.(fault ? { ...record, fault: fault.fault } : record);
    // Clients learn from `Date` how far their own clock is off.
    return { ...answer, headers: { Date: new Date(now).toUTCString(), ...traceOf(request) } };
  };
  return (request) => {
    const work: Work = (now, seen) => perform(request, options, countRequest, now, seen);
    let fault: Fault | undefined;
    try {
      // Whoever may not call at all may not ask for faults either.
      fault = loopbackProblemOf(request.headers) ? undefined : chooseFault(request);
    } catch (error) {
      return conclude(request, 0, undefined, () => {
        throw error;
      });
    }
    if (!fault) return conclude(request, 0, undefined, work);
    const course: FaultTarget = {
      carryOut: (skew) => conclude(request, skew, fault, work),
      refuse: (refusal) =>
        conclude(request, 0, fault, () => {
          throw refusal;
        }),
    };
    return applyFault(fault, course, wait);
  };
};

/** What a request comes to: a result, or something thrown. `now` is the time it is judged by. */
type Work = (now: number, seen: { action: string; region: string }) => object;

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    // An engine that is asked to stop does not wait for answers that are held back on purpose.
    setTimeout(resolve, milliseconds).unref();
  });

/** The vendor's Node SDK sends an id of its own for each request and reads it back from the answer. */
const traceOf = ({ headers }: WireRequest): Readonly<Record<string, string>> => {
  const trace = headers['x-tc-traceid']?.[0] ?? '';
  return /^[\w-]{1,64}$/.test(trace) ? { 'X-TC-TraceId': trace } : {};
};

/**
 * The order below is this engine's choice: the vendor documents the checks, not their order. It goes from what can
 * be known without trust (size, method) over who calls to what is asked, so that nobody without a key learns more
 * about an action than that the key is wrong.
 */
const perform = (
  request: WireRequest,
  options: HandleOptions,
  countRequest: ReturnType<typeof createRateLimit>,
  now: number,
  seen: { action: string; region: string },
): object => {
  // Ours: a page in a browser must not reach an engine on the same machine.
  const stranger = loopbackProblemOf(request.headers);
  if (stranger) throw new Refusal('UnauthorizedOperation', stranger);

  // Size, method, path: https://www.tencentcloud.com/document/api/213/31572 (request structure).
  if (request.tooLarge || (request.method === 'GET' && request.url.length > limits.get)) {
    throw new Refusal('RequestSizeLimitExceeded');
  }
  if (request.method !== 'POST' && request.method !== 'GET') throw new Refusal('UnsupportedProtocol');

  // Shape of the authorization, time, id, signature, token: src/tc3 keeps this order. Both signature methods.
  const call = authenticate(request, options.lookup, now);
  seen.region = call.region ?? '';

  const action = knownAction(call);
  const region = knownRegion(call);
  seen.region = region;

  // Rate before content: the service counts requests it then refuses for their content, too.
  const tooMany = countRequest(action, region, call.secretId, now);
  if (tooMany) {
    throw new Refusal('RequestLimitExceeded', messageTemplates.tooManyRequests(tooMany.count, tooMany.limit));
  }

  // JSON, unknown parameters, missing ones, types, values; then what the action itself finds.
  return carryOut(
    action,
    checkInput(action, call.parameters()),
    { ...options.context, region },
    options.handlers,
  );
};

const knownAction = (call: Call): ActionName => {
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

const knownRegion = (call: Call): string => {
  if (!call.region) return nearestRegion;
  if (!isRegionName(call.region)) throw new Refusal('UnsupportedRegion', messageOf('UnsupportedRegion'));
  return call.region;
};

const carryOut = (
  action: ActionName,
  input: unknown,
  context: HandlerContext,
  handlers: Handlers,
): object => {
  // The table is checked action by action; TypeScript cannot follow that name and input belong together here.
  const handler = handlers[action] as unknown as Handler<never>;
  const refuse = (code: Refusal['code'], message?: string): never => {
    throw new Refusal(code, message);
  };
  const run = () => handler(input as never, context, refuse);
  // A change is on the disk before it is answered, or it was not done at all.
  return actions[action].effect === 'read' ? run() : transaction(context.db, run, true);
};
