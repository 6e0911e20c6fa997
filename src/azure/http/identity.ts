/** Tokens of Entra ID, from the optional package `@azure/identity`, which is loaded at the first call that needs one. */
import type { TokenCredential } from '@azure/core-auth';
import { ConfigError } from '../../shared/errors.ts';

/**
 * Finds out who is signed in here: environment, workload, managed identity, Azure CLI, PowerShell, in that order.
 * @param authorityHost where to sign in; the package's own choice where it is left out
 * @throws ConfigError where the package is absent
 */
export const loadIdentity = async (authorityHost: string | undefined): Promise<TokenCredential> => {
  const { DefaultAzureCredential } = await import('@azure/identity').catch((cause: unknown) => {
    throw new ConfigError(missingIdentity, { cause });
  });
  return new DefaultAzureCredential(authorityHost === undefined ? {} : { authorityHost });
};

export const missingIdentity =
  'A sign-in with Entra ID needs the optional package @azure/identity, which is not installed here. Install it (npm install @azure/identity@4.13.1), or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.';

/** A sign-in that failed, in words that say what to do. The package's messages name what was tried, never a secret. */
export const signInError = (error: Error): ConfigError =>
  new ConfigError(
    `Nobody is signed in to Azure: ${error.message.split('\n')[0]} Sign in (az login), or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.`,
    { cause: error },
  );

/** Whether an error comes from getting the token, so that the call itself was never sent. */
export const isSignInError = (error: unknown): error is Error =>
  error instanceof Error &&
  [
    'CredentialUnavailableError',
    'AuthenticationError',
    'AggregateAuthenticationError',
    'AuthenticationRequiredError',
  ].includes(error.name);
