/** What references say about an action beside its fields. Pure. */
import type { Action, Effect } from './action.ts';
import type { ErrorCode } from './error-codes.ts';

const effectWords: Readonly<Record<Effect, string>> = {
  read: 'read-only',
  create: 'creates',
  change: 'modifies',
  destroy: 'destructive',
};

/** `destructive, requires confirmation`. */
export const effectOf = ({ effect, destroysWith }: Action): string => {
  if (effect === 'destroy') return 'destructive, requires confirmation';
  return destroysWith
    ? `${effectWords[effect]}; requires confirmation with \`${destroysWith}\``
    : effectWords[effect];
};

/** Effect, warning, rate and the page of the vendor, as a Markdown list. */
export const factsOf = (action: Action): string => {
  const { warning, rate, docs } = action;
  return [
    `- Effect: ${effectOf(action)}. ${retryTextOf(action)}`,
    ...(warning ? [`- Warning: ${warning}`] : []),
    `- Rate limit: ${rate.documented} requests per second and region${rate.mainland ? ` (${rate.mainland} on the mainland site)` : ''}.`,
    `- Vendor documentation: ${docs}`,
  ].join('\n');
};

const retryTextOf = ({ input, idempotent }: Action): string => {
  if (Object.hasOwn(input.shape, 'ClientToken')) return 'Idempotent with a ClientToken.';
  return idempotent ? 'Idempotent.' : 'Not idempotent.';
};

export const codeNames = (codes: readonly ErrorCode[]): string =>
  codes.map((code) => `\`${code}\``).join(', ');
