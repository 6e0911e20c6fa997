/** The role of the cloud machine this program runs on. */
import { ConfigError, TransportError } from '../../shared/errors.ts';
import type { HttpAnswer } from '../transport.ts';
import {
  type CredentialContext,
  type FindCredential,
  jsonObjectOf,
  type ResolvedCredentials,
  stringOf,
  textOf,
} from './source.ts';

const metadata = 'http://metadata.tencentyun.com';
const path = '/latest/meta-data/cam/security-credentials/';
/** The metadata service responds within milliseconds; a machine on which it does not is not an instance of the cloud. */
const timeoutMs = 1000;

export interface InstanceRoleOptions {
  /** The operator chose this source. Otherwise it is only tried on machines of the vendor. */
  readonly isRequired?: boolean;
  readonly role?: string | undefined;
}

/**
 * Outside the cloud this reads one small local file and no network: the firmware names the vendor of the machine.
 * @see https://cloud.tencent.com/document/product/213/4934
 */
export const findInstanceRole =
  ({ isRequired = false, role }: InstanceRoleOptions = {}): FindCredential =>
  async (context) => {
    if (!isRequired && !(await isCloudMachine(context))) return undefined;
    try {
      const name = role ?? (await onlyRoleOf(context));
      if (name !== undefined) return await credentialOf(context, name);
      if (!isRequired) return undefined;
      throw new ConfigError(
        'No role is bound to this instance: bind one, or name another source of credentials.',
      );
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (!isRequired) return undefined;
      throw new ConfigError(
        'The metadata service of the cloud does not respond: the role of an instance can only be used on an instance.',
        { cause: error },
      );
    }
  };

const isCloudMachine = async (context: CredentialContext): Promise<boolean> => {
  const vendor = await textOf(context, '/sys/class/dmi/id/sys_vendor').catch(() => undefined);
  return vendor?.includes('Tencent') ?? false;
};

const read = (context: CredentialContext, what: string): Promise<HttpAnswer> =>
  context.direct.send({
    operation: { name: 'Reading the role of this instance', changes: false },
    method: 'GET',
    origin: context.metadataOrigin ?? metadata,
    path: path + what,
    headers: {},
    timeoutMs,
  });

const onlyRoleOf = async (context: CredentialContext): Promise<string | undefined> => {
  const { status, body } = await read(context, '');
  const name = body.trim().split('\n')[0] ?? '';
  return status === 200 && /^[\w+=,.@-]+$/.test(name) ? name : undefined;
};

const credentialOf = async (context: CredentialContext, role: string): Promise<ResolvedCredentials> => {
  const where = `role ${role} of this instance`;
  const { status, body } = await read(context, encodeURIComponent(role));
  const answer =
    status === 200
      ? jsonObjectOf(
          body,
          'The response of the metadata service',
          'check that this is an instance of the cloud',
        )
      : {};
  const [secretId, secretKey] = [stringOf(answer.TmpSecretId), stringOf(answer.TmpSecretKey)];
  const seconds = Number(answer.ExpiredTime);
  if (answer.Code !== 'Success' || !secretId || !secretKey || !Number.isFinite(seconds)) {
    throw new ConfigError(
      `The metadata service returned no keys for the ${where} (HTTP status ${status}): check that the role is bound and that it is allowed to use Batch.`,
    );
  }
  return {
    credential: { secretId, secretKey, token: stringOf(answer.Token) },
    source: 'cvm-role',
    where,
    account: `cvm-role:${role}`,
    expiresAt: seconds * 1000,
  };
};
