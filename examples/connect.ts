/** Starts the server with a local engine of its own, as any MCP client would, and calls its tools. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

type Fields = Record<string, unknown>;
const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');

/** @param sandbox `none`: as plain processes, since the commands of the examples are ours; `auto` where paths are mapped */
export const connect = async (name: string, sandbox: 'none' | 'auto' = 'none') => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-example-'));
  const client = new Client({ name, version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, '--local', '--sandbox', sandbox, '--data-dir', dataDir],
      stderr: 'inherit',
    }),
  );
  return {
    dataDir,
    /** Calls a tool. What it refuses is thrown, with what to do; a preview, which waits for a yes, is an answer. */
    call: async <Answer = Fields>(tool: string, args: Fields): Promise<Answer> => {
      const { isError, content, structuredContent } = await client.callTool({ name: tool, arguments: args });
      const answer = structuredContent as Fields;
      const [first] = content;
      if (isError && !answer.preview)
        throw new Error(first?.type === 'text' ? first.text : `${tool} failed.`);
      return answer as Answer;
    },
    /** Looks into, fills and empties the storage of the engine: `engine files ls | put | get`. */
    files: (...args: readonly string[]): string =>
      execFileSync(process.execPath, [program, 'engine', 'files', ...args, '--data-dir', dataDir], {
        encoding: 'utf8',
      }),
    /** Ends the server, the engine it started, and what they wrote. */
    close: async () => {
      await client.close();
      spawnSync(process.execPath, [program, 'engine', 'stop', '--data-dir', dataDir]);
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

/** One task on a machine that the service chooses. */
export const task = (TaskName: string, Command: string, more: Fields = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
  ...more,
});

export const Placement = { Zone: 'ap-guangzhou-3' };
