/** What may be made to go wrong on purpose: the file of `--faults`, the header of one request, and how chance is drawn. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type ErrorCode, errorCodes } from '../../catalogue/error-codes.ts';
import { actionNames } from '../../catalogue/index.ts';
import { ConfigError } from '../../shared/errors.ts';
import { faultyConditions } from '../model/compute-node.ts';

/** An hour: longer than any client waits, short enough that a forgotten plan does not hang an engine for ever. */
const longest = 3_600_000;

/** Each fault with what it does to a request, as `docs/engine.md` explains it. */
export const faultKinds = [
  'latency',
  'throttling',
  'internal-error',
  'internal-error-after',
  'error',
  'reset-before',
  'reset-after',
  'half-answer',
  'garbage',
  'wrong-content-type',
  'too-large',
  'clock-skew',
] as const;
export type FaultKind = (typeof faultKinds)[number];

const settingsOfOne = {
  /** latency: how long the answer is held back. */
  milliseconds: z.int().min(0).max(longest).optional(),
  /** clock-skew: how far the engine's clock is ahead of the right time. */
  seconds: z.int().min(-longest).max(longest).optional(),
  /** too-large: how long the answer is made; the default is more than any client takes. */
  bytes: z
    .int()
    .min(1)
    .max(256 * 1024 ** 2)
    .optional(),
  /** error: with which code the request is refused. */
  code: z.string().refine(isErrorCode, 'is not a code of the API').optional(),
};

const Rule = z.strictObject({
  fault: z.enum(faultKinds),
  /** Only requests for these actions; all when absent. */
  actions: z.array(z.enum(actionNames as [string, ...string[]])).optional(),
  /** Of the requests that match, this share is hit; 1 when absent. */
  probability: z.number().min(0).max(1).optional(),
  /** The first so many requests that match go through untouched. */
  after: z.int().min(0).optional(),
  /** At most so many requests are hit. */
  times: z.int().min(0).optional(),
  ...settingsOfOne,
});

export const FaultPlan = z.strictObject({
  /** Two engines with the same plan hit the same requests, as long as these arrive in the same order. */
  seed: z.int().optional(),
  rules: z.array(Rule).optional(),
  /** Zones that misbehave, and how; the words are explained where they are defined. */
  zones: z.record(z.string(), z.enum(faultyConditions)).optional(),
});

export type FaultPlan = z.infer<typeof FaultPlan>;
export type FaultRule = z.infer<typeof Rule>;
/** What is done to one request. */
export type Fault = Pick<FaultRule, 'fault' | keyof typeof settingsOfOne>;

/**
 * Reads a plan from its file.
 * @throws ConfigError when the file cannot be read or does not describe faults
 */
export const readFaultPlan = (file: string): FaultPlan => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read, and --faults names it.`, { cause: error });
  }
  return parseFaultPlan(text, file);
};

/**
 * Reads a plan.
 * @param text JSON, the content of the file
 * @param name how the file is called in the error
 * @throws ConfigError that names every mistake
 */
export const parseFaultPlan = (text: string, name: string): FaultPlan => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${name} is not JSON. It describes faults as docs/engine.md shows.`, {
      cause: error,
    });
  }
  const { success, data, error } = FaultPlan.safeParse(json);
  if (success) return data;
  const issues = error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  throw new ConfigError(`${name} does not describe faults as docs/engine.md shows: ${issues.join('; ')}.`);
};

/**
 * Reads the header of one request: `latency; milliseconds=500`.
 * @returns nothing when it says nothing that is known: a misspelled fault must be seen, so the caller refuses it
 */
export const parseFaultHeader = (text: string): Fault | undefined => {
  const [fault, ...parts] = text.split(';').map((part) => part.trim());
  const settings = parts.map((part) => {
    const [name = '', value = ''] = part.split('=').map((word) => word.trim());
    return [name, /^-?\d+$/.test(value) ? Number(value) : value];
  });
  return Rule.pick({ fault: true, milliseconds: true, seconds: true, bytes: true, code: true }).safeParse({
    fault,
    ...Object.fromEntries(settings),
  }).data;
};

/**
 * A number from 0 up to 1 that depends on nothing but its arguments, so that one rule's luck does not change
 * another's. The mixing steps are those of MurmurHash3's finalizer, which spreads consecutive numbers well.
 */
export const draw = (seed: number, rule: number, request: number): number => {
  let mixed = (seed ^ Math.imul(rule + 1, 0x9e3779b1) ^ Math.imul(request + 1, 0x85ebca6b)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
};

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
