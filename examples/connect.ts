/** Starts the server with a dedicated local engine, as an MCP client does, and calls its tools. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

type Fields = Record<string, unknown>;
const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');

/**
 * @param sandbox `none` runs the commands as ordinary processes; `auto` is needed where paths are mapped
 * @param bucket that the file tools may use
 */
export const connect = async (name: string, sandbox: 'none' | 'auto' = 'none', bucket?: string) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-example-'));
  const filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-example-files-'));
  const fileFlags = bucket === undefined ? [] : ['--files-dir', filesDir, '--buckets', bucket];
  const client = new Client({ name, version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, '--local', '--sandbox', sandbox, '--data-dir', dataDir, ...fileFlags],
      stderr: 'inherit',
    }),
  );
  return {
    dataDir,
    /** The local directory of the file tools. */
    filesDir,
    /** Calls a tool. @returns its structured answer, also if it is a preview @throws the text of any other error */
    call: async <Answer = Fields>(tool: string, args: Fields): Promise<Answer> => {
      const { isError, content, structuredContent } = await client.callTool({ name: tool, arguments: args });
      const answer = structuredContent as Fields;
      const [first] = content;
      if (isError && !answer.preview)
        throw new Error(first?.type === 'text' ? first.text : `${tool} failed.`);
      return answer as Answer;
    },
    /** Lists, uploads and downloads files of the engine's storage: `engine files ls | put | get`. */
    files: (...args: readonly string[]): string =>
      execFileSync(process.execPath, [program, 'engine', 'files', ...args, '--data-dir', dataDir], {
        encoding: 'utf8',
      }),
    /** Stops the server and its engine, and removes their files. */
    close: async () => {
      await client.close();
      spawnSync(process.execPath, [program, 'engine', 'stop', '--data-dir', dataDir]);
      for (const path of [dataDir, filesDir]) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

/** One task on a machine selected by the service. */
export const task = (TaskName: string, Command: string, more: Fields = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
  ...more,
});

export const Placement = { Zone: 'ap-guangzhou-3' };
