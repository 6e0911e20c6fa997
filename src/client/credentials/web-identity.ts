/** The identity that a Kubernetes cluster of the vendor (TKE) gives a pod, changed into keys. */
import { ConfigError } from '../../shared/errors.ts';
import { type FindCredential, stringOf, textOf } from './source.ts';
import { callSts } from './sts.ts';

const names = ['TKE_REGION', 'TKE_PROVIDER_ID', 'TKE_WEB_IDENTITY_TOKEN_FILE', 'TKE_ROLE_ARN'] as const;

/** The token file is read at every refresh: the cluster replaces it. */
export const findWebIdentity =
  (isAsked = false): FindCredential =>
  async (around) => {
    const [region, ProviderId, file, RoleArn] = names.map((name) => stringOf(around.env[name]));
    if (!region || !ProviderId || !file || !RoleArn) {
      if (!isAsked) return undefined;
      throw new ConfigError(`The identity of a pod needs the variables ${names.join(', ')}, which TKE sets.`);
    }
    const WebIdentityToken = (await textOf(around, file))?.trim();
    if (!WebIdentityToken) {
      throw new ConfigError(`TKE_WEB_IDENTITY_TOKEN_FILE names ${file}, which is not there or empty.`);
    }
    const input = {
      ProviderId,
      WebIdentityToken,
      RoleArn,
      RoleSessionName: 'batch-mcp',
      DurationSeconds: 7200,
    };
    const { credential, expiresAt } = await callSts(around, {
      action: 'AssumeRoleWithWebIdentity',
      input,
      region,
      secrets: [WebIdentityToken],
    });
    return {
      credential,
      source: 'tke-oidc',
      where: `role ${RoleArn} of this pod`,
      account: RoleArn,
      region,
      expiresAt,
    };
  };
