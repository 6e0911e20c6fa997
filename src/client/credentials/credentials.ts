/** Caches credentials: resolved once, and again when their files change or they expire. */
import type { Log } from '../../shared/log.ts';
import type { Credential } from '../../tc3/sign.ts';
import { findCredential, type SourceChoice } from './chain.ts';
import type { CredentialContext, ResolvedCredentials } from './source.ts';
import type { Role } from './sts.ts';

export interface Credentials {
  /** @throws ConfigError when there are no working credentials */
  get(): Promise<ResolvedCredentials>;
}

/** Permanent keys, such as those of the local engine. */
export const fixedCredentials = (credential: Credential, where: string): Credentials => {
  const found = { credential, source: 'given', where, account: credential.secretId } as const;
  return { get: async () => found };
};

export interface CredentialsOptions {
  readonly context: CredentialContext;
  readonly choice?: SourceChoice | undefined;
  readonly role?: Role | undefined;
  /** A text that changes when the file does; constant for a missing file. */
  readonly fileFingerprint: (path: string) => Promise<string>;
  readonly log: Pick<Log, 'warn'>;
}

/** How often files are checked: often enough for a user who has just logged in, rarely enough not to slow down calls. */
const checkIntervalMs = 1000;
/** After a failed refresh, as long as the old keys are valid: does not overload a token service that is down. */
const retryIntervalMs = 10_000;
/** Keys are renewed this long before they expire, or when a tenth of their lifetime is left, whichever is later. */
const marginMs = 300_000;

interface Cached {
  readonly credentials: ResolvedCredentials;
  readonly since: number;
  /** Of every file that was tried, also of missing ones, so that a preferred source is noticed when it appears. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

export const createCredentials = ({
  context,
  choice,
  role,
  fileFingerprint,
  log,
}: CredentialsOptions): Credentials => {
  let cached: Cached | undefined;
  let resolving: Promise<Cached> | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;

  const resolve = async (): Promise<Cached> => {
    const fingerprints = new Map<string, string>();
    // Taken before the file is read: a file that changes meanwhile is then read again.
    const readFile = async (path: string) => {
      if (!fingerprints.has(path)) fingerprints.set(path, await fileFingerprint(path));
      return context.readFile(path);
    };
    const credentials = await findCredential({ ...context, readFile }, choice, role);
    return { credentials, since: context.now(), fingerprints };
  };

  const isStale = async ({ credentials: { expiresAt }, since, fingerprints }: Cached): Promise<boolean> => {
    if (expiresAt !== undefined) {
      const margin = Math.min(marginMs, (expiresAt - since) / 10);
      if (context.now() >= expiresAt - margin) return true;
    }
    for (const [path, before] of fingerprints) if ((await fileFingerprint(path)) !== before) return true;
    return false;
  };

  const get = async (): Promise<ResolvedCredentials> => {
    const now = context.now();
    const isValid = cached !== undefined && now < (cached.credentials.expiresAt ?? Number.POSITIVE_INFINITY);
    if (cached && isValid) {
      if (now - checkedAt < checkIntervalMs) return cached.credentials;
      checkedAt = now;
      if (!(await isStale(cached))) return cached.credentials;
    }
    try {
      resolving ??= resolve();
      cached = await resolving;
    } catch (error) {
      if (!cached || !isValid) throw error;
      checkedAt = now + retryIntervalMs - checkIntervalMs;
      const reason = error instanceof Error ? error.message : 'unknown reason';
      log.warn(
        `Credentials could not be read again; those from ${cached.credentials.where} remain in use: ${reason}`,
      );
    } finally {
      resolving = undefined;
    }
    return cached.credentials;
  };

  return { get };
};
