/** The ClientTokens of a script: the same script sends the same ones, so that calling it again creates nothing twice. */
import { createHash } from 'node:crypto';
import { type ActionName, actions } from '../../catalogue/index.ts';
import { canonicalJson } from '../../shared/canonical-json.ts';
import type { ExpiringMap } from '../../shared/expiring-map.ts';
import type { Fields } from '../contract/tool.ts';
import { ageOf } from '../render/times.ts';

/** The token of the next call, as a field, and a note where an equal script has sent it before. */
export type TokenOf = (
  action: ActionName,
  input: Fields,
) => { readonly field: Fields; readonly note: string } | undefined;

/** When each token was sent first, in milliseconds since 1970. */
export type SentTokens = ExpiringMap<number>;

/** As long as the service is assumed to remember a token. */
export const tokenTtlMs = 24 * 3_600_000;

/**
 * @param script its text; a changed script means other calls
 * @param region where the calls go
 */
export const createTokens = (
  script: string,
  region: string,
  sent: SentTokens,
  now: () => number,
): TokenOf => {
  /** Equal calls of one script are meant as several. */
  const counts = new Map<string, number>();
  return (action, input) => {
    if (!Object.hasOwn(actions[action].input.shape, 'ClientToken') || input.ClientToken !== undefined)
      return undefined;
    const call = canonicalJson([action, input]);
    const count = (counts.get(call) ?? 0) + 1;
    counts.set(call, count);
    const hash = createHash('sha256')
      .update(canonicalJson([script, region, call, count]))
      .digest('base64url');
    const token = `script-${hash}`;
    const before = sent.get(token);
    if (before === undefined) sent.set(token, now());
    return {
      field: { ClientToken: token },
      note:
        before === undefined
          ? ''
          : ` The same script made this call ${ageOf((now() - before) / 1000)} ago, so nothing was created twice; a changed script, if only by a comment, creates again.`,
    };
  };
};
