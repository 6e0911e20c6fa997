/** Keys in environment variables. */
import { ConfigError } from '../../shared/errors.ts';
import { type FindCredential, type ResolvedCredentials, stringOf } from './source.ts';
import { assumeRole } from './sts.ts';

/** The token of temporary keys has three names in three programs of the vendor. */
const tokenNames = [
  'TENCENTCLOUD_SESSION_TOKEN',
  'TENCENTCLOUD_TOKEN',
  'TENCENTCLOUD_SECURITY_TOKEN',
] as const;

/**
 * With `TENCENTCLOUD_ROLE_ARN` the keys are only used to assume that role, as in the vendor's command line.
 * @param prefix of each name, for a second account: `PROD_` reads PROD_TENCENTCLOUD_SECRET_ID
 */
export const findInEnvironment =
  (prefix = ''): FindCredential =>
  async (context) => {
    const read = (name: string) => stringOf(context.env[prefix + name]);
    const secretId = read('TENCENTCLOUD_SECRET_ID');
    const secretKey = read('TENCENTCLOUD_SECRET_KEY');
    if (!secretId && !secretKey) return undefined;
    if (!secretId || !secretKey) {
      const missing = `${prefix}TENCENTCLOUD_SECRET_${secretId ? 'KEY' : 'ID'}`;
      throw new ConfigError(
        `${missing} is not set, but the other half of the pair is: set both, or neither.`,
      );
    }
    const token = tokenNames.map(read).find((value) => value !== undefined);
    const found: ResolvedCredentials = {
      credential: { secretId, secretKey, token },
      source: 'environment',
      where: `${prefix}TENCENTCLOUD_SECRET_ID`,
      account: secretId,
      region: read('TENCENTCLOUD_REGION'),
    };
    const roleArn = read('TENCENTCLOUD_ROLE_ARN');
    if (!roleArn) return found;
    return assumeRole(context, found, { roleArn, sessionName: read('TENCENTCLOUD_ROLE_SESSION_NAME') });
  };
