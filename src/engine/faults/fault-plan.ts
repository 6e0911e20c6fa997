/** Fault plans: the file of `--faults`, the header of a single request, and the pseudo-random draw. */
import * as z from 'zod';
import { type ErrorCode, errorCodes } from '../../catalogue/error-codes.ts';
import { actionNames } from '../../catalogue/index.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError } from '../../shared/errors.ts';
import { readSettingsFileSync } from '../../shared/read-settings-file.ts';
import { faultyConditions } from '../model/compute-node.ts';

/** An hour: longer than any client waits, short enough that a forgotten plan does not block an engine for good. */
const maxDelayMs = 3_600_000;
/** An hour as well: it also bounds the age of a signature that passes under `clock-skew`. */
const maxSkewSeconds = 3_600;

/** `docs/engine.md` explains each. */
const faultKinds = [
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

const faultSettings = {
  /** latency: the delay of the response. */
  milliseconds: z.int().min(0).max(maxDelayMs).optional(),
  /** clock-skew: how far the engine's clock is ahead of the right time. */
  seconds: z.int().min(-maxSkewSeconds).max(maxSkewSeconds).optional(),
  /** too-large: the size of the response; the default exceeds the limit of any client. */
  bytes: z
    .int()
    .min(1)
    .max(256 * 1024 ** 2)
    .optional(),
  /** error: the code of the response. */
  code: z.string().refine(isErrorCode, 'is not a code of the API').optional(),
};

const Rule = z.strictObject({
  fault: z.enum(faultKinds),
  /** Only requests for these actions; all when absent. */
  actions: z.array(z.enum(actionNames as [string, ...string[]])).optional(),
  /** The share of matching requests that is hit; 1 when absent. */
  probability: z.number().min(0).max(1).optional(),
  /** How many matching requests pass before the first is hit. */
  after: z.int().min(0).optional(),
  /** At most so many requests are hit. */
  times: z.int().min(0).optional(),
  ...faultSettings,
});

export const FaultPlan = z.strictObject({
  /** Two engines with the same plan hit the same requests, provided these arrive in the same order. */
  seed: z.int().optional(),
  rules: z.array(Rule).optional(),
  /** Zones that misbehave, and how. */
  zones: z.record(z.string(), z.enum(faultyConditions)).optional(),
});

export type FaultPlan = z.infer<typeof FaultPlan>;
export type FaultRule = z.infer<typeof Rule>;
/** What is done to a request. */
export type Fault = Pick<FaultRule, 'fault' | keyof typeof faultSettings>;

/**
 * Reads a plan from its file.
 * @throws ConfigError when the file cannot be read or does not describe faults
 */
export const readFaultPlan = (file: string): FaultPlan => {
  let text: string;
  try {
    text = readSettingsFileSync(file);
  } catch (error) {
    throw new ConfigError(`--faults: ${file} cannot be read (${errorCodeOf(error) ?? 'unknown reason'}).`, {
      cause: error,
    });
  }
  return parseFaultPlan(text, file);
};

/**
 * Reads a plan.
 * @param text JSON, the content of the file
 * @param name the file's name in errors
 * @throws ConfigError that lists every mistake
 */
export const parseFaultPlan = (text: string, name: string): FaultPlan => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${name} is not JSON. docs/engine.md shows the format of a fault plan.`, {
      cause: error,
    });
  }
  const { success, data, error } = FaultPlan.safeParse(json);
  if (success) return data;
  const issues = error.issues.map((issue) => `${issue.path.join('.') || 'the plan'}: ${issue.message}`);
  throw new ConfigError(`${name} is not a fault plan as described in docs/engine.md: ${issues.join('; ')}.`);
};

/**
 * Reads the header of one request: `latency; milliseconds=500`.
 * @returns nothing when it names no known fault or setting
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
 * A pseudo-random number in [0, 1) that depends on its arguments only, so that one rule does not affect another. The mixing steps are those of MurmurHash3's finalizer, which spreads consecutive numbers well.
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
