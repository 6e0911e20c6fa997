/** Engine-only requests: what `batch-mcp` asks its own engine and the API has no action for. */
import * as z from 'zod';
import { isRegionName } from '../../catalogue/regions.ts';
import { checkInput } from '../http/check-input.ts';
import { Refusal } from '../http/refusals.ts';
import type { HandlerContext } from './handler.ts';
import { checkSubmission } from './submission.ts';

type Context = Omit<HandlerContext, 'region' | 'attempt'>;

const Check = z.object({ Region: z.string(), Input: z.unknown() });

/**
 * What SubmitJob would answer to an input, without submitting it.
 * @returns `problem` with its error code and message; empty when it would be accepted
 */
const check = (body: unknown, context: Context): { readonly problem?: { Code: string; Message: string } } => {
  const refuse = (code: Refusal['code'], message?: string): never => {
    throw new Refusal(code, message);
  };
  try {
    const { Region: region, Input } = Check.parse(body);
    if (!isRegionName(region)) refuse('UnsupportedRegion');
    checkSubmission(checkInput('SubmitJob', Input), { ...context, region }, refuse);
    return {};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problem: { Code: error.code, Message: error.message } };
  }
};

export const engineRequests = { check };
