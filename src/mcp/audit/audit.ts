/** The audit: a line for every call that changes something, each with the hash of the previous line. */

import { appendFile, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256 } from '../../shared/canonical-json.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type Random, randomHex } from '../../shared/random.ts';
import type { Fields } from '../contract/tool.ts';

/** The record of one call. */
export interface AuditRecord {
  /** `sending` before the first request, `done` at the end, `refused` where nothing was sent. */
  readonly event: 'sending' | 'done' | 'refused';
  /** Equal in all lines of one call. */
  readonly call: string;
  readonly client: string;
  readonly tool: string;
  /** The tool that sent the call as one of a list. */
  readonly via?: string;
  readonly endpoint: string;
  readonly region: string;
  /** Masked. */
  readonly arguments: Fields;
  /** How the call was confirmed, or why not. */
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
  readonly random: Random;
}

/** The hash before the first line of a chain. */
export const firstHash = '0'.repeat(64);

/**
 * Creates the audit of one process: one chain of hashes; several processes may write to one file.
 * The chain shows a line that was changed, removed or inserted; it cannot show that its end was removed. The chain has no
 * key: a user who can write to the file can also compute a new chain.
 */
export const createAudit = ({ file, now, random }: AuditOptions): Audit => {
  const chain = randomHex(random, 8);
  let previous = firstHash;
  let line = 0;
  // Serialised, because each line needs the hash of the previous one.
  let queue: Promise<void> = Promise.resolve();
  const append = async (record: AuditRecord): Promise<void> => {
    const time = new Date(now()).toISOString();
    const body = JSON.stringify({ time, chain, line: line + 1, previous, ...record });
    const hash = hashOf(body);
    try {
      // A line that another process left incomplete must not absorb this one.
      const start = line === 0 && (await endsInsideLine(file)) ? '\n' : '';
      await appendFile(file, `${start}${body.slice(0, -1)},"hash":"${hash}"}\n`, {
        mode: 0o600,
        flush: true,
      });
    } catch (cause) {
      const reason = errorCodeOf(cause) ?? 'unknown reason';
      throw new ConfigError(
        `The audit file ${file} cannot be written (${reason}), so nothing was sent. Make it writable, choose another one with --audit-file, or disable the audit with --audit-file off.`,
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

/** The hash of a line, without its own hash. */
export const hashOf = (body: string): string => sha256(body);

const endsInsideLine = async (file: string): Promise<boolean> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const stats = await stat(file).catch(() => undefined);
  // Opening a named pipe waits for its other end.
  if (stats !== undefined && !stats.isFile())
    throw Object.assign(new Error(), { code: 'it is not a regular file' });
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
