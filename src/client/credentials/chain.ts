/** The order in which places are searched for credentials. */
import { ConfigError } from '../../shared/errors.ts';
import { findInEnvironment } from './environment.ts';
import { findInstanceRole } from './instance-role.ts';
import { findInKeyFile } from './key-file.ts';
import type { CredentialContext, FindCredential, ResolvedCredentials } from './source.ts';
import { assumeRole, type Role } from './sts.ts';
import { findInTccli } from './tccli.ts';
import { findWebIdentity } from './web-identity.ts';

/** Where to look: everywhere in order, or in one place that was named. */
export type SourceChoice =
  | { readonly source: 'auto'; readonly tccliProfile?: string | undefined }
  | { readonly source: 'environment'; readonly prefix?: string | undefined }
  | { readonly source: 'file'; readonly path?: string | undefined; readonly section?: string | undefined }
  | { readonly source: 'tccli'; readonly profile?: string | undefined }
  | { readonly source: 'cvm-role'; readonly role?: string | undefined }
  | { readonly source: 'tke-oidc' };

/** In `auto`, the first place that is set up decides, whether it works or not. */
const placesOf = (choice: SourceChoice): readonly FindCredential[] => {
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
      return [findInstanceRole({ isAsked: true, role: choice.role })];
    case 'tke-oidc':
      return [findWebIdentity(true)];
    default:
      return choice satisfies never;
  }
};

/**
 * @param role a role to assume with whatever is found
 * @throws ConfigError when nothing is set up, naming the ways out, or when what is set up does not work
 */
export const findCredential = async (
  around: CredentialContext,
  choice: SourceChoice = { source: 'auto' },
  role?: Role,
): Promise<ResolvedCredentials> => {
  for (const find of placesOf(choice)) {
    const found = await find(around);
    if (found) return role ? assumeRole(around, found, role) : found;
  }
  throw new ConfigError(
    choice.source === 'auto'
      ? 'There are no credentials. Either use the local engine, which needs none: start with --local. Or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, write ~/.tencentcloud/credentials, or log in with `tccli auth login`.'
      : `There are no credentials in the place that was named: ${choice.source}.`,
  );
};
