/** Keys in the INI file that the vendor's SDKs share. */
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { type FindCredential, textOf } from './source.ts';

/**
 * @param path another file than `~/.tencentcloud/credentials` and `/etc/tencentcloud/credentials`
 * @param section the SDKs know only `default`
 */
export const findInKeyFile =
  (path?: string, section = 'default'): FindCredential =>
  async (around) => {
    const asked = path ?? around.env.TENCENTCLOUD_CREDENTIALS_FILE;
    const places = asked
      ? [asked]
      : [join(around.home, '.tencentcloud', 'credentials'), '/etc/tencentcloud/credentials'];
    for (const place of places) {
      const text = await textOf(around, place);
      if (text === undefined) continue;
      const values = sectionOf(text, section);
      const [secretId, secretKey] = [values.get('secret_id'), values.get('secret_key')];
      if (!secretId || !secretKey) {
        throw new ConfigError(`${place} must hold secret_id and secret_key under [${section}].`);
      }
      return {
        credential: { secretId, secretKey, token: values.get('token') },
        source: 'file',
        where: place,
        account: secretId,
      };
    }
    if (asked)
      throw new ConfigError(`There is no file ${asked}, which was named as the one that holds the keys.`);
    return undefined;
  };

/**
 * The values of one section of an INI file. A reader of our own, because these files hold three plain values, and the
 * usual package cuts a value at `#` or `;` and makes a boolean of `true`: a key must come out as it stands there.
 */
export const sectionOf = (text: string, section: string): ReadonlyMap<string, string> => {
  const values = new Map<string, string>();
  let isInside = false;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]\s*$/.exec(line);
    if (header) isInside = header[1]?.trim() === section;
    const pair = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (isInside && pair?.[1] && pair[2]) values.set(pair[1], pair[2].replace(/^(["'])(.*)\1$/, '$2'));
  }
  return values;
};
