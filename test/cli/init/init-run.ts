/** Runs `batch-mcp init` in a new home directory, with the terminal as arguments. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { init } from '../../../src/cli/commands/init.ts';
import { loadConfig } from '../../../src/cli/config.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { program } from '../../paths.ts';

export const secretKey = 'SECRET-KEY-OF-THE-ENVIRONMENT';
/** An endpoint that refuses connections, so that the checks at the end are short. */
export const nowhere = ['--cloud', '--endpoint', 'http://127.0.0.1:1'];

export interface InitRun {
  /** undefined if a ConfigError was thrown; it is the last line of `err`. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

export const createHome = () => {
  const home = mkdtempSync(join(tmpdir(), 'batch-mcp-init-'));
  const environment = {
    HOME: home,
    BATCH_MCP_DATA_DIR: join(home, 'data'),
    TENCENTCLOUD_SECRET_ID: 'AKIDexample',
    TENCENTCLOUD_SECRET_KEY: secretKey,
  };
  /**
   * @param answers what the user types; without them there is no terminal
   * @param from the file that the program was started from
   */
  const run = async (
    args: readonly string[],
    answers?: readonly string[],
    from: string = program,
    env: Readonly<Record<string, string>> = {},
  ): Promise<InitRun> => {
    const lines = { out: [] as string[], err: [] as string[] };
    const terminal = {
      print: (text: string) => void lines.out.push(text),
      printError: (text: string) => void lines.err.push(text),
      input: Readable.from((answers ?? []).map((answer) => `${answer}\n`)),
      output: new Writable(),
      isInteractive: answers !== undefined,
      hasColours: false,
      flush: async () => undefined,
      endWithin: () => undefined,
      program: from,
    };
    let code: number | undefined;
    try {
      code = await init(loadConfig(['init', ...args], { ...environment, ...env }), terminal);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      lines.err.push(error.message);
    }
    return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
  };
  return {
    home,
    run,
    /** Names in a directory of the home. */
    names: (directory: string): readonly string[] => readdirSync(join(home, directory)).sort(),
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
};
