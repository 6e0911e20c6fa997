import { describe, expect, test } from 'vitest';
import type { ElicitationResult } from '../../../src/mcp/contract/caller.ts';
import { refusalAnswerOf, refusalOf } from '../../../src/mcp/gate/refusal.ts';

const failed = (cause: 'unsupported' | 'timeout' | 'error'): ElicitationResult => ({
  action: 'failed',
  cause,
  message: 'of the client',
});
const final = 'This is final: the same call is refused for ten minutes.';
const operator = 'the operator can start the server with --confirm flag';

describe('a refusal by a form says who refused, and how quickly:', () => {
  test.each<[string, ElicitationResult, number, string, boolean]>([
    [
      'the user declined',
      { action: 'decline' },
      4_000,
      'The user declined. TerminateJob was not sent.',
      false,
    ],
    [
      'the client declined at once',
      { action: 'decline' },
      12,
      'The client declined the confirmation form after 12 ms, too fast for a user to have read it: it answered without asking the user. TerminateJob was not sent.',
      true,
    ],
    [
      'just below a second is too fast to read',
      { action: 'decline' },
      999,
      'The client declined the confirmation form after 999 ms, too fast for a user to have read it: it answered without asking the user. TerminateJob was not sent.',
      true,
    ],
    [
      'a second is enough',
      { action: 'decline' },
      1_000,
      'The user declined. TerminateJob was not sent.',
      false,
    ],
    [
      'the user closed the form',
      { action: 'cancel' },
      4_000,
      'The user closed the confirmation form without an answer. TerminateJob was not sent.',
      false,
    ],
    [
      'the client cancelled at once',
      { action: 'cancel' },
      3,
      'The client cancelled the confirmation form after 3 ms, too fast for a user to have read it: it answered without asking the user. TerminateJob was not sent.',
      true,
    ],
    [
      'the user typed something else',
      { action: 'accept', typedText: 'yes' },
      4_000,
      'The text that was typed is not the confirmation text. TerminateJob was not sent.',
      false,
    ],
    [
      'the client accepted an empty form at once',
      { action: 'accept', typedText: undefined },
      5,
      'The client accepted the confirmation form without the confirmation text after 5 ms, too fast for a user to have read it: it answered without asking the user. TerminateJob was not sent.',
      true,
    ],
    [
      'the client has no such method',
      failed('unsupported'),
      2,
      'The client declares that it can show forms, but could not show the confirmation form (method not found). TerminateJob was not sent.',
      true,
    ],
    [
      'the client failed',
      failed('error'),
      2,
      'The client could not show the confirmation form. TerminateJob was not sent.',
      true,
    ],
    [
      'no answer in time',
      failed('timeout'),
      300_000,
      'The confirmation form was not answered in time. TerminateJob was not sent.',
      true,
    ],
  ])('%s', (_, result, afterMs, summary, isForOperator) => {
    const refusal = refusalOf(result, afterMs);
    const answer = refusalAnswerOf('TerminateJob', refusal);
    expect([answer.summary, answer.isError, answer.fields.answeredAfterMs]).toEqual([summary, true, afterMs]);
    expect(answer.next?.[0]).toContain(final);
    expect(answer.next?.[0]).toContain('Do not try another way');
    expect(answer.next?.some((step) => step.includes(operator))).toBe(isForOperator);
    // The refusal stands: a repeated call names the reason, and the same way out.
    const blocked = refusalAnswerOf('TerminateJob', { reason: 'blocked', earlier: refusal });
    expect(blocked.summary).toContain(summary.slice(0, summary.indexOf('. TerminateJob')));
    expect(blocked.next?.some((step) => step.includes(operator))).toBe(isForOperator);
    expect(blocked.fields.decision).toBe('blocked');
  });
});

test('a refusal for lack of a form names the setting, and one of a wrong state does not', () => {
  const nextOf = (reason: 'cannot_ask' | 'bad_state') => refusalAnswerOf('DeleteJob', { reason }).next ?? [];
  expect(nextOf('cannot_ask').join(' ')).toContain(operator);
  expect(nextOf('bad_state').join(' ')).not.toContain(operator);
});
