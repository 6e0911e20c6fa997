/** The two requests that are not part of the API: is this the engine of that directory, and please stop. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WireRequest } from '../http/wire.ts';

/** Where these requests go; the API lives at `/`. */
export const controlPath = '/batch-mcp/';
export type ControlVerb = 'status' | 'stop';

/** What the engine tells of itself. */
export interface EngineStatus {
  readonly engineId: string;
  readonly pid: number;
  readonly version: string;
  readonly sandbox: string;
  readonly slots: number;
  /** Whether a job has something left to run. */
  readonly busy: boolean;
}

/** The proof is good for this long: a file with a request in it is worth nothing later. */
const maxSkewMs = 60_000;

/** Shows that whoever asks, or answers, knows the key, without telling it. */
export const proofOf = (secretKey: string, side: 'ask' | 'answer', verb: ControlVerb, time: number): string =>
  createHmac('sha256', secretKey).update(`${side}:${verb}:${time}`).digest('hex');

export interface ControlOptions {
  readonly secretKey: string;
  readonly now: () => number;
  readonly status: () => EngineStatus;
  /** Called once the answer is on its way. */
  readonly stop: () => void;
}

/**
 * Answers a control request.
 * @returns undefined for a request that is not one, or that does not prove to know the key: the API answers it, and
 *   says no
 */
export const answerControl = (
  request: WireRequest,
  options: ControlOptions,
): { readonly kind: 'whole'; readonly body: string } | undefined => {
  if (request.method !== 'POST' || !request.url.startsWith(controlPath)) return undefined;
  const verb = request.url.slice(controlPath.length);
  if (verb !== 'status' && verb !== 'stop') return undefined;
  const time = Number(request.headers['x-batch-mcp-time']?.[0]);
  const proof = request.headers['x-batch-mcp-proof']?.[0] ?? '';
  if (!(Math.abs(options.now() - time) <= maxSkewMs)) return undefined;
  if (!isSame(proof, proofOf(options.secretKey, 'ask', verb, time))) return undefined;
  if (verb === 'stop') setImmediate(options.stop);
  const answer = proofOf(options.secretKey, 'answer', verb, time);
  return { kind: 'whole', body: JSON.stringify({ ...options.status(), proof: answer }) };
};

const isSame = (given: string, right: string): boolean =>
  given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));
