/**
 * Executes a call that may be sent. First environment values are filled in and the undo recipe is saved. Then, while the
 * rate permit is held, `beforeSend` inspects the target again, and last of all, before the first request, writes the
 * audit record.
 */
import type { BeforeSend } from '../../client/batch-client.ts';
import { ApiError, ConfirmationError, TransportError } from '../../shared/errors.ts';
import { type Random, randomHex } from '../../shared/random.ts';
import { type EnvironmentValues, substituteEnvironment } from '../arguments/environment-values.ts';
import type { Audit, AuditRecord } from '../audit/audit.ts';
import type { Caller } from '../contract/caller.ts';
import type { ToolAnswer } from '../contract/tool.ts';
import type { createContexts } from '../contract/tool-context.ts';
import type { GoDecision } from '../gate/gate.ts';
import { maskValues, redact } from '../render/redact.ts';
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
  readonly random: Random;
  readonly serialise: Serialise;
}

/** A call that may be sent, and who made it. */
export interface Approval extends ApprovedCall {
  readonly caller: Caller;
  /** The tool that sends this call as one of a list; for the audit. */
  readonly via?: string;
  /** Inspects the target again; absent where nothing had to be confirmed. */
  readonly beforeSend?: GoDecision['beforeSend'];
  readonly contextWith: ReturnType<typeof createContexts>;
}

/**
 * Executes one call that creates, changes or destroys.
 * @throws InputError, ConfigError or ConfirmationError before anything was sent, otherwise the error of the call
 */
export const executeApproved = (approval: Approval, services: ExecuteServices): Promise<ToolAnswer> =>
  services.serialise(targetKeysOf(approval), async () => {
    approval.caller.signal.throwIfAborted();
    const { tool, preview } = approval;
    const { fields, secrets } = substituteEnvironment(
      tool.name,
      approval.fields,
      tool.input,
      services.environment,
    );
    const undo = await saveUndoRecipe(approval, approval.contextWith(), services);
    const audit = auditOf(approval, services);
    const beforeSend: BeforeSend = async (request) => {
      const verdict = (await approval.beforeSend?.(request)) ?? 'send';
      if (verdict === 'send') await audit.sending();
      return verdict;
    };
    let clientToken: string | undefined;
    const onToken = (token: string): void => {
      clientToken = token;
    };
    let answer: ToolAnswer;
    try {
      // A tool that does not use the API client has no rate permit to wait for.
      if (tool.callTargetOf || tool.isOwnSender)
        await beforeSend({ requestNumber: 1, mayHaveExecuted: false, signal: approval.caller.signal });
      answer = await tool.run(
        fields,
        approval.contextWith({ beforeSend, onToken, ...(preview && { approved: preview }) }),
      );
    } catch (error) {
      await audit.failed(error);
      throw maskedError(error, secrets);
    }
    await audit.succeeded(answer, clientToken);
    await rememberCreation(approval, answer, services);
    return withUndo({ ...answer, fields: maskValues(answer.fields, secrets) }, undo);
  });

/** Changes of the same target, by whichever tool, must not overlap: one's inspection would miss the other's effect. */
const targetKeysOf = ({ tool, fields, callTarget }: Approval): readonly string[] => {
  const named = tool.targetArgument === undefined ? undefined : fields[tool.targetArgument];
  const ids = Array.isArray(named) ? named : [named];
  return ids
    .filter((id) => typeof id === 'string')
    .map((id) => `${callTarget.endpoint} ${callTarget.region} ${id}`);
};

/** @param keys of everything that `act` changes; calls that share a key do not overlap */
export type Serialise = <T>(keys: readonly string[], act: () => Promise<T>) => Promise<T>;

export const createSerialise = (): Serialise => {
  const last = new Map<string, Promise<unknown>>();
  return (keys, act) => {
    const running = Promise.all(keys.map((key) => last.get(key))).then(act);
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) last.set(key, ended);
    void ended.then(() => {
      for (const key of keys) if (last.get(key) === ended) last.delete(key);
    });
    return running;
  };
};

/** Records that a call was not confirmed. Nothing was sent, so a failure to write changes nothing. */
export const auditRefusal = async (
  call: Omit<Approval, 'preview' | 'contextWith' | 'outcome'>,
  services: ExecuteServices,
): Promise<void> => {
  await writeEnd(services.audit, { ...recordOf(call, services), event: 'refused' });
};

type RecordedCall = Pick<Approval, 'tool' | 'fields' | 'reason' | 'callTarget' | 'caller' | 'via'>;

/** The records of one call. Before the first request `sending` is written, or nothing is sent. */
const auditOf = (call: RecordedCall, services: ExecuteServices) => {
  const { audit } = services;
  const record = recordOf(call, services);
  let isSending = false;
  return {
    sending: async (): Promise<void> => {
      if (isSending) return;
      await audit?.write({ ...record, event: 'sending' });
      isSending = true;
    },
    succeeded: (answer: ToolAnswer, clientToken: string | undefined) =>
      writeEnd(audit, { ...record, event: 'done', ...successOf(answer, clientToken) }),
    failed: (error: unknown) =>
      writeEnd(audit, {
        ...record,
        event: isSending ? 'done' : 'refused',
        ...(error instanceof ConfirmationError && { consent: error.decision }),
        ...failureOf(error),
      }),
  };
};

const recordOf = (
  { tool, fields, reason, callTarget, caller, via }: RecordedCall,
  { random }: ExecuteServices,
): Omit<AuditRecord, 'event'> => ({
  call: randomHex(random, 8),
  client: cleanText(caller.name),
  tool: tool.name,
  ...(via !== undefined && { via }),
  endpoint: callTarget.endpoint,
  region: callTarget.region,
  // Cleaned, because the file is read in terminals.
  arguments: cleanDeep(redact(fields, tool.input)),
  consent: reason,
});

type End = Pick<AuditRecord, 'outcome' | 'RequestId' | 'ClientToken'>;

const successOf = ({ fields }: ToolAnswer, clientToken: string | undefined): End => ({
  outcome: 'ok',
  ...(typeof fields.RequestId === 'string' && { RequestId: fields.RequestId }),
  ...(clientToken !== undefined && { ClientToken: clientToken }),
});

const failureOf = (error: unknown): End => ({
  outcome: outcomeOf(error),
  ...((error instanceof ApiError || error instanceof TransportError) && {
    ...(error.requestId !== undefined && { RequestId: error.requestId }),
    ...(error.clientToken !== undefined && { ClientToken: error.clientToken }),
  }),
});

const outcomeOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  if (error instanceof TransportError) return error.mayHaveExecuted ? 'unconfirmed' : 'not sent';
  return error instanceof Error ? error.name : 'failed';
};

/** After the call has ended there is nothing left to prevent: its result is returned, recorded or not. */
const writeEnd = async (audit: Audit | undefined, record: AuditRecord): Promise<void> => {
  await audit?.write(record).catch(() => undefined);
};

/** The service may repeat an argument in its refusal. */
const maskedError = (error: unknown, secrets: readonly string[]): unknown => {
  if (!(error instanceof ApiError) || secrets.length === 0) return error;
  const message = maskValues(error.serviceMessage, secrets);
  return new ApiError(error.action, error.code, message, error.requestId, error);
};
