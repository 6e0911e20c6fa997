/** Masks what is secret in a job of Azure Batch before anybody is shown it. */

const mask = '***';

// Registry and user passwords, storage keys, and whole URLs that carry a signature of their own.
const secretName = /password|accountKey|accessKey|sasUrl|sasToken|secret/i;

/** A shared access signature in a URL: whoever has it may read or write there. */
const signatureInUrl = /([?&](?:sig|signature)=)[^&\s"']+/gi;

/**
 * Masks passwords, keys, signatures in URLs, and every value of an environment setting.
 * @param value an answer of the service, as JSON
 * @returns a copy
 */
export const maskSecrets = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replace(signatureInUrl, `$1${mask}`);
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      if (typeof part === 'string' && secretName.test(name)) return [name, mask];
      return [name, /environmentSettings$/i.test(name) ? withoutValues(part) : maskSecrets(part)];
    }),
  );
};

/** What a variable of a task is for cannot be told from its name, so the names stay and the values go. */
const withoutValues = (settings: unknown): unknown =>
  Array.isArray(settings)
    ? settings.map((setting: unknown) =>
        typeof setting === 'object' && setting !== null && 'name' in setting
          ? { name: setting.name, value: mask }
          : mask,
      )
    : mask;
