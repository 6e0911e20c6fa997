/** The order in which the sources of credentials are tried. */
import { ConfigError } from '../../shared/errors.ts';
import { checkCredential } from './check-credential.ts';
import { findInEnvironment } from './environment.ts';
import { findInstanceRole } from './instance-role.ts';
import { findInKeyFile } from './key-file.ts';
import type { CredentialContext, FindCredential, ResolvedCredentials } from './source.ts';
import { assumeRole, type Role } from './sts.ts';
import { findInTccli } from './tccli.ts';
import { findWebIdentity } from './web-identity.ts';

/** All sources in order, or a single one. */
export type SourceChoice =
  | { readonly source: 'auto'; readonly tccliProfile?: string | undefined }
  | { readonly source: 'environment'; readonly prefix?: string | undefined }
  | { readonly source: 'file'; readonly path?: string | undefined; readonly section?: string | undefined }
  | { readonly source: 'tccli'; readonly profile?: string | undefined }
  | { readonly source: 'cvm-role'; readonly role?: string | undefined }
  | { readonly source: 'tke-oidc' };

/** In `auto`, the first source that is configured decides, whether it works or not. */
const sourcesOf = (choice: SourceChoice): readonly FindCredential[] => {
  switch (choice.source) {
    case 'auto':
      return [
        findInEnvironment(),
        findInKeyFile(),
        findInTccli(choice.tccliProfile),
        findInstanceRole(),
        findWebIdentity(),
      ];
    case 'environment':
      return [findInEnvironment(choice.prefix)];
    case 'file':
      return [findInKeyFile(choice.path, choice.section)];
    case 'tccli':
      return [findInTccli(choice.profile)];
    case 'cvm-role':
      return [findInstanceRole({ isRequired: true, role: choice.role })];
    case 'tke-oidc':
      return [findWebIdentity(true)];
    default:
      return choice satisfies never;
  }
};

/**
 * @param role a role to assume with the credentials found
 * @throws ConfigError when no source is configured, naming the options, or when the configured one does not work
 */
export const findCredential = async (
  context: CredentialContext,
  choice: SourceChoice = { source: 'auto' },
  role?: Role,
): Promise<ResolvedCredentials> => {
  for (const find of sourcesOf(choice)) {
    const found = await find(context);
    if (!found) continue;
    checkCredential(found);
    return role ? assumeRole(context, found, role) : found;
  }
  throw new ConfigError(
    choice.source === 'auto'
      ? 'There are no credentials. Either use the local engine, which needs none: start with --local. Or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, write ~/.tencentcloud/credentials, or log in with `tccli auth login`.'
      : `The configured source has no credentials: ${choice.source}.`,
  );
};
