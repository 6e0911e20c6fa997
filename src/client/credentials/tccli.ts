/** The login of the vendor's command line: keys, a role, an instance role, or a browser login. */
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { findInstanceRole } from './instance-role.ts';
import { type FindCredential, fieldsOf, jsonObjectOf, stringOf, textOf } from './source.ts';
import { assumeRole } from './sts.ts';

/**
 * Reads `~/.tccli/<profile>.credential` for the keys and `~/.tccli/<profile>.configure` for the region.
 * Only the command line renews a browser login: the refresh token there belongs to it.
 * @param profile from a flag or a file; defaults to TCCLI_PROFILE, then `default`
 * @see https://cloud.tencent.com/document/product/440
 */
export const findInTccli =
  (profile?: string): FindCredential =>
  async (context) => {
    const chosen = profile ?? stringOf(context.env.TCCLI_PROFILE);
    const name = chosen ?? 'default';
    if (!/^[\w.-]+$/.test(name)) {
      throw new ConfigError('The name of a tccli profile consists of letters, digits, `_`, `-` and `.`.');
    }
    const path = join(context.home, '.tccli', `${name}.credential`);
    const text = await textOf(context, path);
    if (text === undefined) {
      if (chosen === undefined) return undefined;
      throw new ConfigError(
        `There is no tccli profile '${name}' (${path}): run \`tccli configure --profile ${name}\` or \`tccli auth login --profile ${name}\`.`,
      );
    }
    const remedy = `write it again with \`tccli configure --profile ${name}\``;
    const stored = jsonObjectOf(text, path, remedy);
    const configurePath = join(context.home, '.tccli', `${name}.configure`);
    const configured = jsonObjectOf((await textOf(context, configurePath)) ?? '{}', configurePath, remedy);
    const region = stringOf(fieldsOf(configured._sys_param).region);
    const type = stringOf(stored.type);
    if (type === 'cvm-role') {
      const found = await findInstanceRole({ isRequired: true })(context);
      return found && { ...found, region, where: `${found.where}, configured in ${path}` };
    }
    const [secretId, secretKey] = [stringOf(stored.secretId), stringOf(stored.secretKey)];
    if (!secretId || !secretKey) {
      if (chosen === undefined) return undefined;
      throw new ConfigError(`${path} contains no keys: run \`tccli configure --profile ${name}\`.`);
    }
    const isLogin = type === 'oauth' || type === 'sso';
    const expiresAt = isLogin ? Number(stored.expiresAt ?? 0) * 1000 : undefined;
    if (expiresAt !== undefined && !(expiresAt > context.now())) {
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
    const stsOrigin = context.stsOrigin ?? (host && (/^https?:\/\//.test(host) ? host : `https://${host}`));
    return assumeRole({ ...context, stsOrigin }, found, {
      roleArn,
      sessionName: stringOf(stored['role-session-name']),
    });
  };
