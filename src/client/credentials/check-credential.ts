/** Rejects keys that cannot be right before they are used: a service would only answer that the signature is wrong. */
import { ConfigError } from '../../shared/errors.ts';
import { settingProblem } from '../../shared/setting-text.ts';
import type { Credential } from '../../tc3/sign.ts';

/**
 * @param names where each part was read from, for the message
 * @throws ConfigError that names the part, never its value
 */
export const checkCredential = (
  { secretId, secretKey, token }: Credential,
  names: { readonly secretId: string; readonly secretKey: string; readonly token: string },
): void => {
  for (const [name, value] of [
    [names.secretId, secretId],
    [names.secretKey, secretKey],
    [names.token, token],
  ]) {
    const problem = value === undefined ? undefined : settingProblem(value, 'key');
    if (problem !== undefined) throw new ConfigError(`${name} ${problem}.`);
  }
};
