/** Keeps credentials: finds them once, again when their files change or their time runs out. */
import type { Log } from '../../shared/log.ts';
import type { Credential } from '../../tc3/sign.ts';
import { findCredential, type SourceChoice } from './chain.ts';
import type { CredentialContext, ResolvedCredentials } from './source.ts';
import type { Role } from './sts.ts';

export interface Credentials {
  /** @throws ConfigError when there are none that work */
  get(): Promise<ResolvedCredentials>;
}

/** Keys that are given and stay, such as those of the local engine. */
export const fixedCredentials = (credential: Credential, where: string): Credentials => {
  const found = { credential, source: 'given', where, account: credential.secretId } as const;
  return { get: async () => found };
};

export interface CredentialsOptions {
  readonly context: CredentialContext;
  readonly choice?: SourceChoice | undefined;
  readonly role?: Role | undefined;
  /** A text that changes when the file does; the same text for a file that is not there. */
  readonly fileFingerprint: (path: string) => Promise<string>;
  readonly log: Pick<Log, 'warn'>;
}

/** How often files are looked at: a person who has just logged in should not wait, and a call should not pay. */
const lookEveryMs = 1000;
/** After a refresh that failed while the old keys still hold, so that a token service that is down is left in peace. */
const restMs = 10_000;
/** Keys are renewed this long before their end, or when a tenth of their life is left, whichever is later. */
const marginMs = 300_000;

interface Kept {
  readonly found: ResolvedCredentials;
  readonly since: number;
  /** Every file that was looked at on the way, also those that were not there, so that a better place is noticed. */
  readonly stamps: ReadonlyMap<string, string>;
}

export const createCredentials = ({
  context: around,
  choice,
  role,
  fileFingerprint: stampOf,
  log,
}: CredentialsOptions): Credentials => {
  let kept: Kept | undefined;
  let looking: Promise<Kept> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const find = async (): Promise<Kept> => {
    const stamps = new Map<string, string>();
    // Stamped before it is read: a file that changes meanwhile is then read once more.
    const readFile = async (path: string) => {
      if (!stamps.has(path)) stamps.set(path, await stampOf(path));
      return around.readFile(path);
    };
    const found = await findCredential({ ...around, readFile }, choice, role);
    return { found, since: around.now(), stamps };
  };

  const isStale = async ({ found, since, stamps }: Kept): Promise<boolean> => {
    const now = around.now();
    if (found.expiresAt !== undefined) {
      const margin = Math.min(marginMs, (found.expiresAt - since) / 10);
      if (now >= found.expiresAt - margin) return true;
    }
    for (const [path, stamp] of stamps) if ((await stampOf(path)) !== stamp) return true;
    return false;
  };

  const current = async (): Promise<ResolvedCredentials> => {
    const now = around.now();
    const isValid = kept !== undefined && now < (kept.found.expiresAt ?? Number.POSITIVE_INFINITY);
    if (kept && isValid) {
      if (now - lookedAt < lookEveryMs) return kept.found;
      lookedAt = now;
      if (!(await isStale(kept))) return kept.found;
    }
    try {
      looking ??= find();
      kept = await looking;
    } catch (error) {
      if (!kept || !isValid) throw error;
      lookedAt = now + restMs - lookEveryMs;
      const reason = error instanceof Error ? error.message : 'for an unknown reason';
      log.warn(`Credentials could not be read again, those from ${kept.found.where} are used on: ${reason}`);
    } finally {
      looking = undefined;
    }
    return kept.found;
  };

  return { get: current };
};
