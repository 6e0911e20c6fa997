/** Rejects keys that cannot be right before they are used: a service would only answer that the signature is wrong. */
import { ConfigError } from '../../shared/errors.ts';
import { settingProblem } from '../../shared/setting-text.ts';
import type { ResolvedCredentials } from './source.ts';

/** @throws ConfigError that names the variable or file, and what is wrong, never the value */
export const checkCredential = ({ credential, source, where }: ResolvedCredentials): void => {
  const { secretId, secretKey, token } = credential;
  const parts = { SecretId: secretId, SecretKey: secretKey, Token: token };
  for (const [name, value] of Object.entries(parts)) {
    const problem = value === undefined ? undefined : settingProblem(value, 'key');
    if (problem === undefined) continue;
    throw new ConfigError(
      source === 'environment' ? `${variableOf(where, name)} ${problem}.` : `${name} of ${where} ${problem}.`,
    );
  }
};

/** `where` is the variable of the id, with the prefix of its account. */
const variableOf = (where: string, name: string): string => {
  if (name === 'SecretId') return where;
  return name === 'SecretKey'
    ? where.replace(/SECRET_ID$/, 'SECRET_KEY')
    : `The session token beside ${where}`;
};
