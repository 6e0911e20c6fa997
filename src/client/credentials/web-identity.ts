/** The identity of a pod in a Kubernetes cluster of the vendor (TKE), exchanged for keys. */
import { ConfigError } from '../../shared/errors.ts';
import { type FindCredential, stringOf, textOf } from './source.ts';
import { callSts } from './sts.ts';

const names = ['TKE_REGION', 'TKE_PROVIDER_ID', 'TKE_WEB_IDENTITY_TOKEN_FILE', 'TKE_ROLE_ARN'] as const;

/** The token file is read at every refresh, because the cluster rotates it. */
export const findWebIdentity =
  (isRequired = false): FindCredential =>
  async (context) => {
    const [region, ProviderId, file, RoleArn] = names.map((name) => stringOf(context.env[name]));
    if (!region || !ProviderId || !file || !RoleArn) {
      if (!isRequired) return undefined;
      throw new ConfigError(`The identity of a pod needs the variables ${names.join(', ')}, which TKE sets.`);
    }
    const WebIdentityToken = (await textOf(context, file))?.trim();
    if (!WebIdentityToken) {
      throw new ConfigError(`TKE_WEB_IDENTITY_TOKEN_FILE names ${file}, which does not exist or is empty.`);
    }
    const input = {
      ProviderId,
      WebIdentityToken,
      RoleArn,
      RoleSessionName: 'batch-mcp',
      DurationSeconds: 7200,
    };
    const { credential, expiresAt } = await callSts(context, {
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
