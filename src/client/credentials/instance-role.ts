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
/** The metadata service answers within milliseconds; a machine on which it does not is not one of the cloud. */
const timeoutMs = 1000;

export interface InstanceRoleOptions {
  /** The person named this source. Otherwise it is only tried on a machine that says it is one of the vendor's. */
  readonly isAsked?: boolean;
  readonly role?: string | undefined;
}

/**
 * Off the cloud this costs one small local file and no network: the firmware names the maker of the machine.
 * @see https://cloud.tencent.com/document/product/213/4934
 */
export const findInstanceRole =
  ({ isAsked = false, role }: InstanceRoleOptions = {}): FindCredential =>
  async (around) => {
    if (!isAsked && !(await isCloudMachine(around))) return undefined;
    try {
      const name = role ?? (await onlyRoleOf(around));
      if (name !== undefined) return await credentialOf(around, name);
      if (!isAsked) return undefined;
      throw new ConfigError(
        'No role is bound to this instance: bind one, or name another source of credentials.',
      );
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (!isAsked) return undefined;
      throw new ConfigError(
        'The metadata service of the cloud does not answer: the role of an instance can only be used on an instance.',
        { cause: error },
      );
    }
  };

const isCloudMachine = async (around: CredentialContext): Promise<boolean> => {
  const vendor = await textOf(around, '/sys/class/dmi/id/sys_vendor').catch(() => undefined);
  return vendor?.includes('Tencent') ?? false;
};

const read = (around: CredentialContext, what: string): Promise<HttpAnswer> =>
  around.direct.send({
    operation: { name: 'Reading the role of this instance', changes: false },
    method: 'GET',
    origin: around.metadataOrigin ?? metadata,
    path: path + what,
    headers: {},
    timeoutMs,
  });

const onlyRoleOf = async (around: CredentialContext): Promise<string | undefined> => {
  const { status, body } = await read(around, '');
  const name = body.trim().split('\n')[0] ?? '';
  return status === 200 && /^[\w+=,.@-]+$/.test(name) ? name : undefined;
};

const credentialOf = async (around: CredentialContext, role: string): Promise<ResolvedCredentials> => {
  const where = `role ${role} of this instance`;
  const { status, body } = await read(around, encodeURIComponent(role));
  const answer =
    status === 200
      ? jsonObjectOf(
          body,
          'What the metadata service answered',
          'check that this is an instance of the cloud',
        )
      : {};
  const [secretId, secretKey] = [stringOf(answer.TmpSecretId), stringOf(answer.TmpSecretKey)];
  const seconds = Number(answer.ExpiredTime);
  if (answer.Code !== 'Success' || !secretId || !secretKey || !Number.isFinite(seconds)) {
    throw new ConfigError(
      `The metadata service gives no keys for the ${where} (HTTP status ${status}): check that the role is bound and that Batch may be used with it.`,
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
