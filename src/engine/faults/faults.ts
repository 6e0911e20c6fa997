/** Makes things go wrong on purpose, so that a client can be tested against what a network and a service really do. */
import type { ErrorCode } from '../../catalogue/error-codes.ts';
import { parametersOf } from '../http/params.ts';
import { messageTemplates, Refusal } from '../http/refusals.ts';
import type { Answer, WholeAnswer, WireRequest } from '../http/wire.ts';
import { draw, type Fault, type FaultPlan, parseFaultHeader } from './fault-plan.ts';

/** The header that asks for a fault on one request. It takes no part in the signature. */
export const faultHeader = 'x-batch-mcp-fault';

/** What carrying a request out, or not, looks like from here. */
export interface FaultTarget {
  /** Does what was asked. @param skew milliseconds by which the engine's clock is wrong meanwhile */
  readonly carryOut: (skew: number) => WholeAnswer;
  /** Does nothing and refuses. */
  readonly refuse: (refusal: Refusal) => WholeAnswer;
}

export type ChooseFault = (request: WireRequest) => Fault | undefined;

/**
 * Makes the function that says what is done to a request: by its header, else by the first rule that hits it.
 * @throws Refusal for a header that names no fault
 */
export const createFaults = (plan: FaultPlan = {}): ChooseFault => {
  const rules = (plan.rules ?? []).map((rule) => ({ rule, seen: 0, hit: 0 }));
  return (request) => {
    const asked = request.headers[faultHeader]?.[0];
    if (asked !== undefined) {
      const fault = parseFaultHeader(asked);
      if (fault) return fault;
      throw new Refusal(
        'InvalidParameter',
        `The header ${faultHeader} names no fault: \`${asked.slice(0, 80)}\`.`,
      );
    }
    for (const [index, counted] of rules.entries()) {
      const { rule } = counted;
      if (rule.actions && !rule.actions.includes(actionOf(request))) continue;
      const turn = counted.seen;
      counted.seen += 1;
      if (turn < (rule.after ?? 0) || counted.hit >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
      if (draw(plan.seed ?? 0, index, turn) >= (rule.probability ?? 1)) continue;
      counted.hit += 1;
      return rule;
    }
    return undefined;
  };
};

/** The action a request names, before anything of it has been checked. */
export const actionOf = (request: WireRequest): string => {
  const [named] = request.headers['x-tc-action'] ?? [];
  if (named !== undefined) return named;
  const query = request.url.slice(request.url.indexOf('?') + 1);
  try {
    return (
      new Map(parametersOf(request.method === 'GET' ? query : request.body.toString('utf8'))).get('Action') ??
      ''
    );
  } catch {
    return '';
  }
};

/** More than the answer limit of any client of the vendor, and of ours. */
const tooLarge = 64 * 1024 ** 2;
/** A wait that a test of time-outs can do without configuring anything. */
const defaultLatency = 1_000;
/** Just beyond the five minutes that the service allows. */
const defaultSkew = 600;

/**
 * Answers a request as the fault says.
 * @param wait resolves after so many milliseconds
 */
export const applyFault = async (
  fault: Fault,
  course: FaultTarget,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Answer> => {
  const refuse = (code: ErrorCode, message?: string) => course.refuse(new Refusal(code, message));
  switch (fault.fault) {
    case 'latency': {
      const answer = course.carryOut(0);
      await wait(fault.milliseconds ?? defaultLatency);
      return answer;
    }
    case 'throttling':
      return refuse('RequestLimitExceeded', messageTemplates.tooManyRequests(21, 20));
    case 'internal-error':
      return refuse('InternalError');
    case 'internal-error-after':
      course.carryOut(0);
      return refuse('InternalError');
    case 'error':
      // The plan's schema let only codes of the API through.
      return refuse((fault.code as ErrorCode | undefined) ?? 'FailedOperation');
    case 'reset-before':
      refuse('ServiceUnavailable');
      return { kind: 'reset' };
    case 'reset-after':
      course.carryOut(0);
      return { kind: 'reset' };
    case 'half-answer':
      return { ...course.carryOut(0), kind: 'half' };
    case 'garbage':
      return { ...course.carryOut(0), body: '<html><body>502 Bad Gateway</body></html>' };
    case 'wrong-content-type':
      return { ...course.carryOut(0), contentType: 'text/html; charset=utf-8' };
    case 'too-large':
      return {
        ...course.carryOut(0),
        body: `{"Response":{"Filler":"${'x'.repeat(fault.bytes ?? tooLarge)}"}}`,
      };
    case 'clock-skew':
      return course.carryOut((fault.seconds ?? defaultSkew) * 1000);
    default:
      return fault.fault satisfies never;
  }
};
