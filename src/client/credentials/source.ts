/** The inputs of a source of credentials, and what it returns. */
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Credential } from '../../tc3/sign.ts';
import type { Site } from '../endpoints.ts';
import type { Transport } from '../transport.ts';

/** Everything outside the program that a source may read. */
export interface CredentialContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory of the user. */
  readonly home: string;
  readFile(path: string): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Reaches the internet, through the proxies of the environment. */
  readonly transport: Transport;
  /** Without a proxy, for the metadata service of an instance. */
  readonly direct: Transport;
  readonly site: Site;
  /** Other addresses, for tests and private networks. */
  readonly metadataOrigin?: string | undefined;
  readonly stsOrigin?: string | undefined;
}

export type SourceName = 'environment' | 'file' | 'tccli' | 'cvm-role' | 'tke-oidc' | 'given';

export interface ResolvedCredentials {
  readonly credential: Credential;
  readonly source: SourceName;
  /** The variable, file or role, for people. */
  readonly where: string;
  /** Identifies the account; does not change when temporary keys do. Not a secret. */
  readonly account: string;
  /** The region configured beside the keys. */
  readonly region?: string | undefined;
  /** Milliseconds since 1970; absent for permanent keys. */
  readonly expiresAt?: number | undefined;
}

/**
 * Tries one source.
 * @returns nothing when the source is not configured, so that the next one is tried
 * @throws ConfigError when it is configured and does not work: using another account instead would be worse
 */
export type FindCredential = (context: CredentialContext) => Promise<ResolvedCredentials | undefined>;

/**
 * @returns the content of a file; nothing when there is none
 * @throws ConfigError when it exists and cannot be read
 */
export const textOf = async (context: CredentialContext, path: string): Promise<string | undefined> => {
  try {
    return await context.readFile(path);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError(
      `${path} cannot be read (${code ?? 'unknown reason'}): give this user the permission to read it.`,
    );
  }
};

/**
 * The fields of a JSON object. The parse error of Node quotes the text, and with it the keys, so it is not included.
 * @param what names the text in the message
 * @param remedy what to do when it is not valid
 */
export const jsonObjectOf = (
  text: string,
  what: string,
  remedy: string,
): Readonly<Record<string, unknown>> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ConfigError(`${what} is not valid JSON: ${remedy}.`);
  }
  return fieldsOf(parsed);
};

/** The fields of an object; none when it is something else. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  // An object that is neither null nor a list has string keys and values of any kind.
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

export const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
