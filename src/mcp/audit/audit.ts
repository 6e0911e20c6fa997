/** The audit: a line for every call that changes something, each with the hash of the one before it. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import type { Fields } from '../contract/tool.ts';

/** What is written about one call. */
export interface AuditRecord {
  /** `sending` before a call leaves, `done` when it has ended, `refused` where it never left. */
  readonly event: 'sending' | 'done' | 'refused';
  /** The same in the lines of one call. */
  readonly call: string;
  readonly client: string;
  readonly tool: string;
  readonly endpoint: string;
  readonly region: string;
  /** Masked. */
  readonly arguments: Fields;
  /** How consent was reached, or why there was none. */
  readonly consent: string;
  readonly ClientToken?: string;
  readonly RequestId?: string;
  /** `ok`, an error code, or `unconfirmed`. */
  readonly outcome?: string;
}

export interface Audit {
  /** Writes a line. @throws ConfigError when it cannot be written; then nothing may be sent */
  write(record: AuditRecord): Promise<void>;
}

export interface AuditOptions {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/** The hash before the first line of a chain. */
export const firstHash = '0'.repeat(64);

/**
 * Creates the audit of one process: one chain, which several processes may write beside each other into one file.
 * The chain shows a line that was changed, taken out or put in between; it cannot show that its end was cut off.
 */
export const createAudit = ({ file, now, random }: AuditOptions): Audit => {
  const chain = Buffer.from(random(8)).toString('hex');
  let previous = firstHash;
  let line = 0;
  // One after the other, because each line needs the hash of the one before it.
  let queue: Promise<void> = Promise.resolve();
  const append = async (record: AuditRecord): Promise<void> => {
    const time = new Date(now()).toISOString();
    const body = JSON.stringify({ time, chain, line: line + 1, previous, ...record });
    const hash = hashOf(body);
    try {
      // A line that another process left unfinished must not swallow this one.
      const start = line === 0 && (await endsInsideLine(file)) ? '\n' : '';
      await appendFile(file, `${start}${body.slice(0, -1)},"hash":"${hash}"}\n`, {
        mode: 0o600,
        flush: true,
      });
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
      throw new ConfigError(
        `The audit file ${file} cannot be written (${reason}), so nothing was sent. Make it writable, name another one with --audit-file, or switch it off with --audit-file off.`,
        { cause },
      );
    }
    previous = hash;
    line += 1;
  };
  return {
    write: (record) => {
      const written = queue.then(() => append(record));
      queue = written.catch(() => undefined);
      return written;
    },
  };
};

/** What the hash of a line is made of: the line without its own hash. */
export const hashOf = (body: string): string => createHash('sha256').update(body).digest('hex');

const endsInsideLine = async (file: string): Promise<boolean> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() !== '\n';
  } finally {
    await handle.close();
  }
};
