/** Any error → the answer of a tool: complete in its text, since some clients show the model nothing else. */
import { actions, isActionName } from '../../catalogue/index.ts';
import { ApiError, ConfigError, ConfirmationError, InputError, TransportError } from '../../shared/errors.ts';
import type { ToolAnswer } from '../contract/tool.ts';
import { cleanText } from './untrusted.ts';

/**
 * Turns what was thrown into an answer that says what happened, what it means and what to do next.
 * @param tool the tool that was called
 */
export const errorAnswerOf = (error: unknown, tool: string): ToolAnswer => {
  if (error instanceof InputError) {
    const count = error.issues.length;
    return failed(
      `${tool}: ${count === 1 ? 'an argument is' : `${count} arguments are`} wrong. Nothing was sent.`,
      { error: 'InputError', issues: error.issues },
      [
        [`Correct ${count === 1 ? 'it' : 'them'} and call ${tool} again.`, referenceOf(tool)]
          .join(' ')
          .trimEnd(),
      ],
    );
  }
  if (error instanceof ConfirmationError) {
    return failed(error.message, { error: 'ConfirmationError', decision: error.decision }, [stopAndAsk]);
  }
  if (error instanceof ApiError) {
    // A tool that is checked first asks the service other things; what it refused then was not the call itself.
    const first = isActionName(tool) && error.action !== tool ? ` ${tool} was not sent.` : '';
    return failed(
      `The service refused ${error.action}: ${error.code}.${first}`,
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
  }
  if (error instanceof TransportError) {
    return failed(
      error.mayHaveExecuted
        ? `${tool} is unconfirmed: no usable answer came, so it may or may not have been carried out.`
        : `${tool} was not carried out: the service could not be reached.`,
      {
        error: 'TransportError',
        message: cleanText(error.message),
        mayHaveExecuted: error.mayHaveExecuted,
        ...(error.requestId === undefined ? {} : { RequestId: error.requestId }),
      },
      [error.mayHaveExecuted ? unconfirmedNextOf(tool) : 'Call it again when the endpoint can be reached.'],
    );
  }
  if (error instanceof ConfigError) {
    return failed('The server is not set up for this call. Nothing was sent.', {
      error: 'ConfigError',
      message: error.message,
    });
  }
  // Whatever else comes here is a mistake of this program. Its stack may hold arguments, so only the message goes out.
  const message = error instanceof Error ? error.message : String(error);
  return failed(`${tool} failed inside this program. This is a bug.`, {
    error: 'InternalError',
    message: cleanText(message),
  });
};

/** What was created with a ClientToken is asked for again by the same call; anything else has to be looked at first. */
const unconfirmedNextOf = (tool: string): string =>
  isActionName(tool) && 'ClientToken' in actions[tool].input.shape
    ? `Make exactly the same call again: it carries the same ClientToken, so it finds out and does not do it twice.`
    : 'Look whether it happened, with a tool that reads, before you call it again.';

/** Where all fields of a tool stand; empty for one that is no action of the API. */
export const referenceOf = (tool: string): string =>
  isActionName(tool) ? `All fields: batch://reference/${tool}.` : '';

/** What a refusal ends with: a model that is refused here must not look for a way around. */
export const stopAndAsk =
  'Stop here and ask the user. Do not try another way to do the same thing (no shell, no other tool, no other client).';

const failed = (
  summary: string,
  fields: Readonly<Record<string, unknown>>,
  next: readonly string[] = [],
): ToolAnswer => ({ summary, fields, next, isError: true });
