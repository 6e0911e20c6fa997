/** What a source of credentials is given, and what it finds. */
import { ConfigError } from '../../shared/errors.ts';
import type { Credential } from '../../tc3/sign.ts';
import type { Site } from '../endpoints.ts';
import type { Transport } from '../transport.ts';

/** Everything outside the program that a source may look at. */
export interface CredentialContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory of the person. */
  readonly home: string;
  readFile(path: string): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Reaches the internet, by the proxies of the environment. */
  readonly transport: Transport;
  /** Reaches this machine's own network without a proxy: the metadata of an instance are answered on the spot. */
  readonly direct: Transport;
  readonly site: Site;
  /** Other addresses for tests, and for networks with addresses of their own. */
  readonly metadataOrigin?: string | undefined;
  readonly stsOrigin?: string | undefined;
}

export type SourceName = 'environment' | 'file' | 'tccli' | 'cvm-role' | 'tke-oidc' | 'given';

export interface ResolvedCredentials {
  readonly credential: Credential;
  readonly source: SourceName;
  /** Where exactly, for people: a variable, a file, a role. */
  readonly where: string;
  /** Names the account and stays the same when temporary keys change. Not a secret. */
  readonly account: string;
  /** The region that is written beside the keys. */
  readonly region?: string | undefined;
  /** Milliseconds since 1970; absent when the keys stay. */
  readonly expiresAt?: number | undefined;
}

/**
 * Looks into one place.
 * @returns nothing when the place is not set up, so that the next one is asked
 * @throws ConfigError when it is set up and does not work: going on to another account would be worse
 */
export type FindCredential = (around: CredentialContext) => Promise<ResolvedCredentials | undefined>;

/**
 * @returns the text of a file, or nothing when there is none
 * @throws ConfigError when it is there and cannot be read
 */
export const textOf = async (around: CredentialContext, path: string): Promise<string | undefined> => {
  try {
    return await around.readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError(
      `${path} is there, but cannot be read (${String(code)}): give this user the right to read it.`,
    );
  }
};

/**
 * The fields of a JSON object. The parse error of Node quotes the text, and with it the keys; so it is not passed on.
 * @param what names the text in the message
 * @param cure what to do when it cannot be read
 */
export const jsonObjectOf = (text: string, what: string, cure: string): Readonly<Record<string, unknown>> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ConfigError(`${what} is not valid JSON: ${cure}.`);
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
