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
  async (context) => {
    const chosen = path ?? context.env.TENCENTCLOUD_CREDENTIALS_FILE;
    const paths = chosen
      ? [chosen]
      : [join(context.home, '.tencentcloud', 'credentials'), '/etc/tencentcloud/credentials'];
    for (const file of paths) {
      const text = await textOf(context, file);
      if (text === undefined) continue;
      const values = sectionOf(text, section);
      const [secretId, secretKey] = [values.get('secret_id'), values.get('secret_key')];
      if (!secretId || !secretKey) {
        throw new ConfigError(`${file} must contain secret_id and secret_key under [${section}].`);
      }
      return {
        credential: { secretId, secretKey, token: values.get('token') },
        source: 'file',
        where: file,
        account: secretId,
      };
    }
    if (chosen) throw new ConfigError(`The configured credentials file ${chosen} does not exist.`);
    return undefined;
  };

/**
 * The values of one section of an INI file. The common package truncates a value at `#` or `;` and turns `true` into a
 * boolean; a key must be read unchanged.
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
