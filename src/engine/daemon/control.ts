/** Engine-only requests beside the API: status, stop, and what the API has no action for. Both sides of the protocol. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  type BodyLimit,
  limits,
  type RequestHead,
  type WireRequest,
  type WireResponse,
} from '../http/wire.ts';
import type { EngineSettings, ProcessLimits } from '../settings.ts';

/** The path of these requests; the API is served at `/`. */
export const controlPath = '/batch-mcp/';
const verbs = [
  'status',
  'stop',
  'attempts',
  'check',
  'events',
  'history',
  'logs',
  'slots',
  'queue',
  'start',
] as const;
export type ControlVerb = (typeof verbs)[number];

/** The response to `status` and `stop`. */
export interface EngineStatus {
  readonly engineId: string;
  readonly pid: number;
  readonly version: string;
  /** What runs its jobs. */
  readonly backend: EngineSettings['backend'];
  /** `none`, `bwrap` or `refuse`. */
  readonly sandbox: string;
  /** Whether sandboxed commands have the network. */
  readonly network: boolean;
  /** Whether containers may be run. */
  readonly docker: boolean;
  readonly limits: ProcessLimits;
  readonly packagePorts: readonly number[];
  readonly slots: number;
  /** Whether it sends notices of events. */
  readonly notifies?: boolean;
  /** Whether a job has something left to run. */
  readonly busy: boolean;
}

/** A recorded request is useless after this time. */
const maxSkewMs = 60_000;

/**
 * Proves that the sender knows the key, without revealing it. The texts `ask` and `answer` are part of the protocol.
 * @param digest of the body; empty for a request without one
 */
export const proofOf = (
  secretKey: string,
  side: 'ask' | 'answer',
  verb: ControlVerb,
  time: number,
  digest = '',
): string =>
  createHmac('sha256', secretKey)
    .update(`${side}:${verb}:${time}${digest === '' ? '' : `:${digest}`}`)
    .digest('hex');

const digestOf = (body: string | Buffer): string =>
  body.length === 0 ? '' : createHash('sha256').update(body).digest('hex');

/** The headers of a request. */
export const controlHeaders = (
  secretKey: string,
  verb: ControlVerb,
  time: number,
  body: string,
): Readonly<Record<string, string>> => {
  const digest = digestOf(body);
  return {
    'x-batch-mcp-time': String(time),
    'x-batch-mcp-proof': proofOf(secretKey, 'ask', verb, time, digest),
    ...(digest === '' ? {} : { 'x-batch-mcp-digest': digest }),
  };
};

/** An authenticated engine-only request. */
export interface ControlRequest {
  readonly verb: ControlVerb;
  readonly time: number;
  readonly digest: string;
}

/**
 * Reads and authenticates an engine-only request by its head.
 * @returns undefined for any other request and for one without a valid proof; both are left to the API, which refuses
 *   every path but `/`
 */
export const controlRequestOf = (
  head: RequestHead,
  secretKey: string,
  now: number,
): ControlRequest | undefined => {
  if (head.method !== 'POST' || !head.url.startsWith(controlPath)) return undefined;
  const verb = verbs.find((known) => known === head.url.slice(controlPath.length));
  const time = Number(head.headers['x-batch-mcp-time']?.[0]);
  if (verb === undefined || !(Math.abs(now - time) <= maxSkewMs)) return undefined;
  const digest = head.headers['x-batch-mcp-digest']?.[0] ?? '';
  const proof = head.headers['x-batch-mcp-proof']?.[0] ?? '';
  return isSame(proof, proofOf(secretKey, 'ask', verb, time, digest)) ? { verb, time, digest } : undefined;
};

/** How much body to read for an engine-only request. A submission to check is as large as SubmitJob allows. */
export const controlBodyLimit = ({ digest }: ControlRequest): BodyLimit => ({
  bytes: digest === '' ? 0 : limits.post,
  isVerified: true,
});

/**
 * Answers an engine-only request.
 * @param run executes a verb; `body` is the parsed body, undefined without one
 */
export const answerControl = async (
  control: ControlRequest,
  request: WireRequest,
  secretKey: string,
  run: (verb: ControlVerb, body: unknown) => object | Promise<object>,
): Promise<WireResponse> => {
  const { verb, time, digest } = control;
  const isIntact = !request.tooLarge && digestOf(request.body) === digest;
  const result = isIntact
    ? await run(verb, digest === '' ? undefined : JSON.parse(request.body.toString('utf8')))
    : { error: 'The body is not the one that the proof covers.' };
  return {
    kind: 'whole',
    body: JSON.stringify({ ...result, proof: proofOf(secretKey, 'answer', verb, time) }),
  };
};

const isSame = (given: string, expected: string): boolean =>
  given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
