/** Temporary keys from the vendor's token service. */
import { ApiError, ConfigError, TransportError } from '../../shared/errors.ts';
import { type Credential, sign } from '../../tc3/sign.ts';
import { createClockSkew } from '../clock.ts';
import type { HttpRequest } from '../transport.ts';
import { responseOf } from '../wire.ts';
import { type CredentialContext, fieldsOf, type ResolvedCredentials, stringOf } from './source.ts';

const origins = {
  cn: 'https://sts.tencentcloudapi.com',
  intl: 'https://sts.intl.tencentcloudapi.com',
} as const;
const version = '2018-08-13';
/** A tool call waits for this, so it must fail before the client gives up. */
const timeoutMs = 10_000;

export interface Role {
  readonly roleArn: string;
  readonly sessionName?: string | undefined;
  readonly durationSeconds?: number | undefined;
}

/**
 * Exchanges keys for those of a role.
 * @see https://cloud.tencent.com/document/product/1312/48197
 */
export const assumeRole = async (
  context: CredentialContext,
  found: ResolvedCredentials,
  role: Role,
): Promise<ResolvedCredentials> => {
  const { credential, expiresAt } = await callSts(context, {
    action: 'AssumeRole',
    input: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName ?? 'batch-mcp',
      // The maximum of a role unless it was changed.
      DurationSeconds: role.durationSeconds ?? 7200,
    },
    // The token service is global; the vendor's programs use this region.
    region: 'ap-guangzhou',
    by: found.credential,
  });
  return {
    ...found,
    credential,
    where: `role ${role.roleArn}, assumed with ${found.where}`,
    account: role.roleArn,
    expiresAt,
  };
};

export interface StsCall {
  readonly action: 'AssumeRole' | 'AssumeRoleWithWebIdentity';
  readonly input: Readonly<Record<string, unknown>>;
  readonly region: string;
  /** Absent for a web identity, whose token replaces a signature. */
  readonly by?: Credential;
  readonly secrets?: readonly string[];
}

/** @throws ConfigError that says which role and what to check */
export const callSts = async (
  context: CredentialContext,
  call: StsCall,
): Promise<{ readonly credential: Credential; readonly expiresAt: number }> => {
  const origin = context.stsOrigin ?? origins[context.site];
  const skew = createClockSkew(context.now);
  const secrets = [call.by?.secretKey, call.by?.token, ...(call.secrets ?? [])];
  const subject = { name: call.action, changes: false };
  try {
    const signedAt = skew.now();
    let answer = await context.transport.send(requestOf(call, origin, signedAt));
    // A wrong clock is corrected here as for every other call.
    if (answer.body.includes('AuthFailure.SignatureExpire') && skew.learn(answer.headers.date, signedAt)) {
      answer = await context.transport.send(requestOf(call, origin, skew.now()));
    }
    const value = responseOf(subject, origin, answer, secrets);
    const keys = fieldsOf(value.Credentials);
    const [secretId, secretKey] = [stringOf(keys.TmpSecretId), stringOf(keys.TmpSecretKey)];
    const seconds = Number(value.ExpiredTime);
    if (!secretId || !secretKey || !Number.isFinite(seconds)) {
      throw new ConfigError(`The response of ${origin} to ${call.action} contains no keys.`);
    }
    return { credential: { secretId, secretKey, token: stringOf(keys.Token) }, expiresAt: seconds * 1000 };
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
    throw new ConfigError(
      `No keys for the role: ${error.message} Check the role, its trust policy for this identity, and the connection to ${origin}.`,
      { cause: error },
    );
  }
};

const requestOf = ({ action, input, region, by }: StsCall, origin: string, now: number): HttpRequest => {
  const body = JSON.stringify(input);
  const { host } = new URL(origin);
  const { authorization = '', ...headers } = sign(
    { method: 'POST', host, service: 'sts', action, version, region, body },
    by ?? { secretId: '', secretKey: '' },
    now,
  );
  return {
    operation: { name: action, changes: false },
    method: 'POST',
    origin,
    headers: { ...headers, authorization: by ? authorization : 'SKIP' },
    body,
    timeoutMs,
  };
};
