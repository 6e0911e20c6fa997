/** The login of the vendor's command line: keys, a role, an instance role, or a browser login. */
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { findInstanceRole } from './instance-role.ts';
import { type FindCredential, fieldsOf, jsonObjectOf, stringOf, textOf } from './source.ts';
import { assumeRole } from './sts.ts';

/**
 * Reads `~/.tccli/<profile>.credential` for the keys and `~/.tccli/<profile>.configure` for the region.
 * A browser login is renewed by the command line alone: it keeps a refresh token there that is not ours to use.
 * @param profile named by a flag or a file; otherwise TCCLI_PROFILE, otherwise `default`
 * @see https://cloud.tencent.com/document/product/440
 */
export const findInTccli =
  (profile?: string): FindCredential =>
  async (around) => {
    const asked = profile ?? stringOf(around.env.TCCLI_PROFILE);
    const name = asked ?? 'default';
    if (!/^[\w.-]+$/.test(name)) {
      throw new ConfigError('The name of a tccli profile has letters, digits, `_`, `-` and `.` only.');
    }
    const path = join(around.home, '.tccli', `${name}.credential`);
    const text = await textOf(around, path);
    if (text === undefined) {
      if (asked === undefined) return undefined;
      throw new ConfigError(
        `There is no tccli profile '${name}' (${path}): run \`tccli configure --profile ${name}\` or \`tccli auth login --profile ${name}\`.`,
      );
    }
    const cure = `write it anew with \`tccli configure --profile ${name}\``;
    const stored = jsonObjectOf(text, path, cure);
    const configurePath = join(around.home, '.tccli', `${name}.configure`);
    const configured = jsonObjectOf((await textOf(around, configurePath)) ?? '{}', configurePath, cure);
    const region = stringOf(fieldsOf(configured._sys_param).region);
    const type = stringOf(stored.type);
    if (type === 'cvm-role') {
      const found = await findInstanceRole({ isAsked: true })(around);
      return found && { ...found, region, where: `${found.where}, as ${path} says` };
    }
    const [secretId, secretKey] = [stringOf(stored.secretId), stringOf(stored.secretKey)];
    if (!secretId || !secretKey) {
      if (asked === undefined) return undefined;
      throw new ConfigError(`${path} holds no keys: run \`tccli configure --profile ${name}\`.`);
    }
    const isLogin = type === 'oauth' || type === 'sso';
    const expiresAt = isLogin ? Number(stored.expiresAt ?? 0) * 1000 : undefined;
    if (expiresAt !== undefined && !(expiresAt > around.now())) {
      throw new ConfigError(
        `The login of the tccli profile '${name}' has expired: run \`tccli ${type === 'sso' ? 'sso' : 'auth'} login --profile ${name}\`.`,
      );
    }
    const login = stringOf(fieldsOf(stored.oauth).openId) ?? stringOf(fieldsOf(stored.sso).uin);
    const found = {
      credential: { secretId, secretKey, token: stringOf(stored.token) },
      source: 'tccli' as const,
      where: path,
      account: isLogin && login ? `tccli:${login}` : secretId,
      region,
      expiresAt,
    };
    const roleArn = stringOf(stored['role-arn']);
    if (!roleArn) return found;
    const host = stringOf(fieldsOf(configured.sts).endpoint);
    const stsOrigin = around.stsOrigin ?? (host && (/^https?:\/\//.test(host) ? host : `https://${host}`));
    return assumeRole({ ...around, stsOrigin }, found, {
      roleArn,
      sessionName: stringOf(stored['role-session-name']),
    });
  };
