/** Starts the receiver of webhooks as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A key for tests only. */
export const testSecret = `whsec_${Buffer.from('a key that only tests sign with!').toString('base64')}`;

export interface ReceivedNotice {
  /** The header. */
  readonly id: string;
  readonly body: string;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, string>>;
  };
}

export interface Receiver {
  readonly url: string;
  /** All that it has accepted, in order. @throws Error if a signature was invalid */
  received(): readonly ReceivedNotice[];
  stop(): Promise<void>;
}

/** The lines of a receiver's file. */
const noticesIn = (file: string): readonly ReceivedNotice[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const at = line.indexOf(' ');
      const [id, body] = [line.slice(0, at), line.slice(at + 1)];
      if (id === 'invalid') throw new Error(body);
      return { id, body, event: JSON.parse(body) };
    });

export const startReceiver = async (dir: string): Promise<Receiver> => {
  const file = join(dir, 'received');
  writeFileSync(file, '');
  const script = join(import.meta.dirname, 'webhook-receiver.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, file, testSecret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    url: String(url),
    received: () => noticesIn(file),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const end = once(child, 'exit');
      child.kill();
      await end;
    },
  };
};
