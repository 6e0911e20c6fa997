/** Injects faults, so that a client can be tested against what networks and services really do. */
import type { ErrorCode } from '../../catalogue/error-codes.ts';
import type { CredentialsById } from '../../tc3/verdict.ts';
import { authenticate, type Call, checkHead, signingTimeOf } from '../http/authenticate.ts';
import { actionOf } from '../http/params.ts';
import { messageOf, messageTemplates, Refusal } from '../http/refusals.ts';
import {
  type CompleteResponse,
  errorResponse,
  type RequestHandler,
  type RequestRecord,
  type WireRequest,
  type WireResponse,
} from '../http/wire.ts';
import { draw, type Fault, type FaultPlan, parseFaultHeader } from './fault-plan.ts';

/** The header that asks for a fault on one request. It must be signed. */
export const faultHeader = 'x-batch-mcp-fault';

export interface FaultOptions {
  readonly plan: FaultPlan;
  readonly credentials: CredentialsById;
  /** Called with every request that a fault answered in place of the handler. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
  /** Called with every fault that is injected. */
  readonly onFault?: ((fault: Fault, action: string) => void) | undefined;
}

/** Answers a request, perhaps only after a while. */
export type Responder = (request: WireRequest, now: number) => WireResponse | Promise<WireResponse>;

/**
 * Wraps a handler so that requests fail by the rules of a plan, or as their own header asks. Only authenticated requests
 * are affected: all others are passed to the handler, which refuses them.
 */
export const withFaults = (handle: RequestHandler, options: FaultOptions): Responder => {
  const chooseRule = createRuleChooser(options.plan);
  return (request, now) => {
    const call = callOf(request, options.credentials);
    if (call === undefined) return handle(request, now);
    const refuse = (refusal: Refusal): CompleteResponse => {
      const response = errorResponse(refusal.code, refusal.message);
      const { requestId } = response;
      const { code } = refusal;
      options.onRequest?.({
        time: now,
        requestId,
        action: actionOf(request),
        region: call.region ?? '',
        code,
      });
      return { ...response, headers: { Date: new Date(now).toUTCString() } };
    };
    try {
      const fault = requestedFault(call) ?? chooseRule(actionOf(request));
      if (fault === undefined) return handle(request, now);
      options.onFault?.(fault, actionOf(request));
      return inject(fault, { carryOut: (skewMs = 0) => handle(request, now + skewMs), refuse });
    } catch (error) {
      if (error instanceof Refusal) return refuse(error);
      throw error;
    }
  };
};

/**
 * The authenticated request, or nothing. Its time is not checked here, because `clock-skew` decides by which clock it is
 * judged; the handler checks it.
 */
const callOf = (request: WireRequest, credentials: CredentialsById): Call | undefined => {
  try {
    const signedAt = signingTimeOf(request, request.body);
    checkHead(request, credentials, signedAt);
    return request.tooLarge ? undefined : authenticate(request, credentials, signedAt);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

/** @throws Refusal for a header that is not signed or names no fault: a misspelled fault must not pass unnoticed */
const requestedFault = (call: Call): Fault | undefined => {
  const text = call.signedHeader(faultHeader);
  if (text === undefined) return undefined;
  const fault = parseFaultHeader(text);
  if (fault) return fault;
  throw new Refusal(
    'InvalidParameter',
    `The header ${faultHeader} names no fault: \`${text.slice(0, 80)}\`.`,
  );
};

/** Creates the function that returns the first rule of a plan that hits a request for an action. */
export const createRuleChooser = (plan: FaultPlan): ((action: string) => Fault | undefined) => {
  const rules = (plan.rules ?? []).map((rule) => ({ rule, matches: 0, hits: 0 }));
  return (action) => {
    for (const [index, counted] of rules.entries()) {
      const { rule } = counted;
      if (rule.actions && !rule.actions.includes(action)) continue;
      const match = counted.matches;
      counted.matches += 1;
      if (match < (rule.after ?? 0) || counted.hits >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
      if (draw(plan.seed ?? 0, index, match) >= (rule.probability ?? 1)) continue;
      counted.hits += 1;
      return rule;
    }
    return undefined;
  };
};

/** The two things that can be done with a request. */
interface FaultTarget {
  /** Handles it. @param skewMs how far the engine's clock is off meanwhile */
  readonly carryOut: (skewMs?: number) => CompleteResponse;
  /** Refuses it without handling it. */
  readonly refuse: (refusal: Refusal) => CompleteResponse;
}

/** Larger than the response limit of any client of the vendor, and of ours. */
const defaultBytes = 64 * 1024 ** 2;
/** A delay that a test of time limits can use without further settings. */
const defaultLatencyMs = 1_000;
/** Just beyond the five minutes that the service allows. */
const defaultSkewSeconds = 600;

const inject = (fault: Fault, { carryOut, refuse }: FaultTarget): WireResponse | Promise<WireResponse> => {
  const refuseWith = (code: ErrorCode, message = messageOf(code)) => refuse(new Refusal(code, message));
  switch (fault.fault) {
    case 'latency':
      return delayed(carryOut(), fault.milliseconds ?? defaultLatencyMs);
    case 'throttling':
      return refuseWith('RequestLimitExceeded', messageTemplates.tooManyRequests(21, 20));
    case 'internal-error':
      return refuseWith('InternalError');
    case 'internal-error-after':
      carryOut();
      return refuseWith('InternalError');
    case 'error':
      // The plan's schema accepts only codes of the API.
      return refuseWith((fault.code as ErrorCode | undefined) ?? 'FailedOperation');
    case 'reset-before':
      refuseWith('ServiceUnavailable');
      return { kind: 'reset' };
    case 'reset-after':
      carryOut();
      return { kind: 'reset' };
    case 'half-answer':
      return { ...carryOut(), kind: 'half' };
    case 'garbage':
      return { ...carryOut(), body: '<html><body>502 Bad Gateway</body></html>' };
    case 'wrong-content-type':
      return { ...carryOut(), contentType: 'text/html; charset=utf-8' };
    case 'too-large':
      return {
        ...carryOut(),
        body: `{"Response":{"Filler":"${'x'.repeat(fault.bytes ?? defaultBytes)}"}}`,
      };
    case 'clock-skew':
      return carryOut((fault.seconds ?? defaultSkewSeconds) * 1000);
    default:
      return fault.fault satisfies never;
  }
};

const delayed = <T>(value: T, milliseconds: number): Promise<T> =>
  new Promise((resolve) => {
    // A delayed response does not keep the engine from stopping.
    setTimeout(() => resolve(value), milliseconds).unref();
  });
