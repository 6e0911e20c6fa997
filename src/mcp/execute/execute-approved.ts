/** What surrounds a call that was let through: the way back is saved, the audit is written, secrets are put in. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import {
  type EnvironmentValues,
  maskValues,
  substituteEnvironment,
} from '../arguments/environment-values.ts';
import type { Audit, AuditRecord } from '../audit/audit.ts';
import type { Caller } from '../contract/caller.ts';
import type { ToolAnswer, ToolContext } from '../contract/tool.ts';
import { redact } from '../render/redact.ts';
import { cleanDeep, cleanText } from '../render/untrusted.ts';
import {
  type ApprovedCall,
  rememberCreation,
  saveUndoRecipe,
  type UndoServices,
  withUndo,
} from '../undo/save-undo.ts';

export interface ExecuteServices extends UndoServices {
  /** Absent where the operator switched it off. */
  readonly audit: Audit | undefined;
  readonly environment: EnvironmentValues;
  readonly newCallId: () => string;
}

/** A call that was let through, and who made it. */
export interface Approval extends ApprovedCall {
  readonly caller: Caller;
  /** Set by the client while it sends: the token that makes the service do it once. */
  readonly clientToken: () => string | undefined;
}

/**
 * Carries out one call that creates, changes or destroys.
 * @throws InputError or ConfigError before anything was sent, then whatever the call throws
 */
export const executeApproved = async (
  permit: Approval,
  context: ToolContext,
  services: ExecuteServices,
): Promise<ToolAnswer> => {
  const { tool } = permit;
  const { fields, secrets } = substituteEnvironment(
    tool.name,
    permit.fields,
    tool.input,
    services.environment,
  );
  const undo = await saveUndoRecipe(permit, context, services);
  const record = recordOf(permit, services);
  await services.audit?.write({ ...record, event: 'sending' });
  let answer: ToolAnswer;
  try {
    answer = await tool.run(fields, context);
  } catch (error) {
    await writeEnd(services.audit, { ...record, event: 'done', ...endOf(error, permit) });
    throw maskedError(error, secrets);
  }
  await writeEnd(services.audit, { ...record, event: 'done', ...successOf(answer, permit) });
  await rememberCreation(permit, answer, services);
  return withUndo({ ...answer, fields: maskValues(answer.fields, secrets) }, undo);
};

/** Writes down that a call was not let through. Nothing is sent, so a failure to write changes nothing. */
export const auditRefusal = async (
  permit: Omit<Approval, 'preview' | 'clientToken'>,
  services: ExecuteServices,
): Promise<void> => {
  const record = recordOf({ ...permit, preview: undefined, clientToken: () => undefined }, services);
  await writeEnd(services.audit, { ...record, event: 'refused' });
};

const recordOf = (
  { tool, fields, how, place, caller }: Approval,
  { newCallId }: ExecuteServices,
): Omit<AuditRecord, 'event'> => ({
  call: newCallId(),
  client: cleanText(caller.name),
  tool: tool.name,
  endpoint: place.endpoint,
  region: place.region,
  // Somebody reads this file in a terminal one day.
  arguments: cleanDeep(redact(fields, tool.input)),
  consent: how,
});

type End = Pick<AuditRecord, 'outcome' | 'RequestId' | 'ClientToken'>;

const successOf = ({ fields }: ToolAnswer, { clientToken }: Approval): End => ({
  outcome: 'ok',
  ...(typeof fields.RequestId === 'string' && { RequestId: fields.RequestId }),
  ...tokenOf(clientToken()),
});

const endOf = (error: unknown, { clientToken }: Approval): End => ({
  outcome: outcomeOf(error),
  ...((error instanceof ApiError || error instanceof TransportError) &&
    error.requestId !== undefined && { RequestId: error.requestId }),
  ...tokenOf(clientToken()),
});

const outcomeOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  if (error instanceof TransportError) return error.mayHaveHappened ? 'unconfirmed' : 'not sent';
  return error instanceof Error ? error.name : 'failed';
};

const tokenOf = (token: string | undefined): Pick<End, 'ClientToken'> =>
  token === undefined ? {} : { ClientToken: token };

/** After the call has ended there is nothing left to prevent: what happened is reported, with or without its line. */
const writeEnd = async (audit: Audit | undefined, record: AuditRecord): Promise<void> => {
  await audit?.write(record).catch(() => undefined);
};

/** The service may repeat an argument in its refusal. */
const maskedError = (error: unknown, secrets: readonly string[]): unknown => {
  if (!(error instanceof ApiError) || secrets.length === 0) return error;
  const message = maskValues(error.serviceMessage, secrets);
  return new ApiError(error.action, error.code, message, error.requestId, error);
};
