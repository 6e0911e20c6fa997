/** Masks the secrets in a job of Azure Batch before it is shown. */

import { mask, maskCredentials } from '../../shared/mask-credentials.ts';

// Registry and user passwords, storage keys, and URLs with a signature.
const secretName = /password|accountKey|accessKey|sasUrl|sasToken|secret/i;

/**
 * Masks passwords, keys, signatures in URLs, and the values of environment settings.
 * @param value JSON returned by the service
 * @returns a copy
 */
export const maskSecrets = (value: unknown): unknown => {
  if (typeof value === 'string') return maskCredentials(value);
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      if (typeof part === 'string' && secretName.test(name)) return [name, mask];
      return [name, /environmentSettings$/i.test(name) ? withoutValues(part) : maskSecrets(part)];
    }),
  );
};

/** The name of a variable does not tell whether it is secret, so all values are masked and names stay. */
const withoutValues = (settings: unknown): unknown =>
  Array.isArray(settings)
    ? settings.map((setting: unknown) =>
        typeof setting === 'object' && setting !== null && 'name' in setting
          ? { name: setting.name, value: mask }
          : mask,
      )
    : mask;
