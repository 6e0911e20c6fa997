/** Any error → the answer of a tool: complete in its text, since some clients show the model nothing else. */
import { actions, isActionName } from '../../catalogue/index.ts';
import {
  ApiError,
  ConfigError,
  ConfirmationError,
  InputError,
  LocalFileError,
  TransportError,
} from '../../shared/errors.ts';
import type { ToolAnswer } from '../contract/tool.ts';
import { cleanText } from './untrusted.ts';

/**
 * Turns an error into an answer that says what went wrong, what it means and what to do next.
 * @param tool the tool that was called
 */
export const errorAnswerOf = (error: unknown, tool: string): ToolAnswer => {
  if (error instanceof InputError) return inputErrorAnswer(error, tool);
  if (error instanceof ConfirmationError) {
    return failed(error.message, { error: 'ConfirmationError', decision: error.decision }, [stopAndAsk]);
  }
  if (error instanceof ApiError) return apiErrorAnswer(error, tool);
  if (error instanceof TransportError) return transportErrorAnswer(error, tool);
  if (error instanceof LocalFileError) {
    const { message, code } = error;
    return failed(`${tool}: a local file could not be used.`, { error: 'LocalFileError', code, message });
  }
  if (error instanceof ConfigError) {
    return failed('The server is not configured for this call. Nothing was sent.', {
      error: 'ConfigError',
      message: error.message,
    });
  }
  // Anything else is a defect of this program. Its stack may contain arguments, so only the message goes out.
  const message = error instanceof Error ? error.message : String(error);
  return failed(`${tool} failed inside this program. This is a bug.`, {
    error: 'InternalError',
    message: cleanText(message),
  });
};

const inputErrorAnswer = ({ issues }: InputError, tool: string): ToolAnswer => {
  const isOne = issues.length === 1;
  return failed(
    `${tool}: ${isOne ? 'an argument is' : `${issues.length} arguments are`} wrong. Nothing was sent.`,
    { error: 'InputError', issues },
    [[`Correct ${isOne ? 'it' : 'them'} and call ${tool} again.`, referenceOf(tool)].join(' ').trimEnd()],
  );
};

const apiErrorAnswer = (error: ApiError, tool: string): ToolAnswer => {
  // A destructive call reads its target first; a refusal of that read is not one of the call itself.
  const notSentNote = isActionName(tool) && error.action !== tool ? ` ${tool} was not sent.` : '';
  return failed(
    `The service refused ${error.action}: ${error.code}.${notSentNote}`,
    {
      error: 'ApiError',
      code: error.code,
      message: cleanText(error.serviceMessage),
      // The local engine often answers with the meaning itself.
      ...(error.meaning !== error.serviceMessage && { meaning: error.meaning }),
      ...(error.requestId === undefined ? {} : { RequestId: error.requestId }),
    },
    [error.next.replace('{Action}', error.action)],
  );
};

const transportErrorAnswer = (error: TransportError, tool: string): ToolAnswer =>
  failed(
    error.mayHaveExecuted
      ? `${tool} is unconfirmed: there was no usable response, so it may or may not have been carried out.`
      : `${tool} was not carried out: the service could not be reached.`,
    {
      error: 'TransportError',
      message: cleanText(error.message),
      mayHaveExecuted: error.mayHaveExecuted,
      ...(error.requestId === undefined ? {} : { RequestId: error.requestId }),
    },
    [error.mayHaveExecuted ? unconfirmedNextOf(tool) : 'Call it again when the endpoint can be reached.'],
  );

/** A call with a ClientToken is resolved by repeating it; the effect of any other one has to be read first. */
const unconfirmedNextOf = (tool: string): string =>
  isActionName(tool) && 'ClientToken' in actions[tool].input.shape
    ? `Make exactly the same call again: it carries the same ClientToken, so it returns the first result instead of doing it twice.`
    : 'Check with a tool that reads whether it was carried out, before you call it again.';

/** Where all fields of a tool are listed; empty for one that is no action of the API. */
const referenceOf = (tool: string): string =>
  isActionName(tool) ? `All fields: batch://reference/${tool}.` : '';

/** What a refusal ends with: a model that is refused here must not try another way. */
export const stopAndAsk =
  'Stop here and ask the user. Do not try another way to do the same thing (no shell, no other tool, no other client).';

const failed = (
  summary: string,
  fields: Readonly<Record<string, unknown>>,
  next: readonly string[] = [],
): ToolAnswer => ({ summary, fields, next, isError: true });
