/** Entra ID tokens, from the optional package `@azure/identity`, loaded by the first call that needs one. */
import type { TokenCredential } from '@azure/core-auth';
import { ConfigError } from '../../shared/errors.ts';

/**
 * Finds a sign-in: environment, workload identity, managed identity, Azure CLI, Azure PowerShell, in that order.
 * @param authorityHost the sign-in authority; defaults to that of the package
 * @throws ConfigError if the package is not installed
 */
export const loadIdentity = async (authorityHost: string | undefined): Promise<TokenCredential> => {
  const { DefaultAzureCredential } = await import('@azure/identity').catch((cause: unknown) => {
    throw new ConfigError(missingIdentity, { cause });
  });
  return new DefaultAzureCredential(authorityHost === undefined ? {} : { authorityHost });
};

export const missingIdentity =
  'An Entra ID sign-in needs the optional package @azure/identity, which is not installed. Install it (npm install @azure/identity@4.13.1), or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.';

/** The error of a failed sign-in, with the remedy. The package's messages name what was tried, never a secret. */
export const signInError = (error: Error): ConfigError =>
  new ConfigError(
    `No Azure sign-in was found: ${error.message.split('\n')[0]} Sign in (az login), or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.`,
    { cause: error },
  );

/** Whether an error comes from acquiring the token, so that the call was not sent. */
export const isSignInError = (error: unknown): error is Error =>
  error instanceof Error &&
  [
    'CredentialUnavailableError',
    'AuthenticationError',
    'AggregateAuthenticationError',
    'AuthenticationRequiredError',
  ].includes(error.name);
