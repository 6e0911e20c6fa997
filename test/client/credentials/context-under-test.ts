/** A credential context of real files in a temporary home and real services on loopback. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CredentialContext } from '../../../src/client/credentials/source.ts';
import { networkOf } from '../../../src/client/network.ts';
import { createTransport } from '../../../src/client/transport.ts';
import { endLater, temporaryDir } from '../client-under-test.ts';

export const start = Date.UTC(2026, 10, 22, 12);

export interface TestContext extends CredentialContext {
  /** Writes a file below the home directory. */
  write(path: string, content: string | object): Promise<void>;
  /** Every path that was read. */
  readonly read: readonly string[];
}

/** Outside the home directory only the files of `system` exist. */
export const createContext = async (
  more: Partial<CredentialContext> & { readonly system?: Readonly<Record<string, string>> } = {},
): Promise<TestContext> => {
  const home = await temporaryDir();
  const transport = createTransport(networkOf({ isLoopback: true }));
  endLater(transport.close);
  const read: string[] = [];
  return {
    env: {},
    home,
    now: () => start,
    readFile: (path) => {
      read.push(path);
      if (path.startsWith(home)) return readFile(path, 'utf8');
      const content = more.system?.[path];
      const missing = Object.assign(new Error('missing'), { code: 'ENOENT' });
      return content === undefined ? Promise.reject(missing) : Promise.resolve(content);
    },
    transport,
    direct: transport,
    site: 'cn',
    ...more,
    read,
    write: async (path, content) => {
      const file = join(home, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    },
  };
};

export const stampOf = async (path: string): Promise<string> =>
  stat(path).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => 'none',
  );
