/** Shared by tests of the file tools: the tools over a real engine, with a directory of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type COS from 'cos-nodejs-sdk-v5';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { openSdk } from '../../client/cos/storage-under-test.ts';
import { type Reachable, startTestEngine, toolboxOver } from '../harness.ts';

export const bucket = 'results-1250000000';
export const bucketUrl = `cos://${bucket}.cos.ap-guangzhou.myqcloud.com`;

export interface Called {
  readonly isError: boolean;
  readonly fields: Fields;
  readonly text: string;
  /** How the gate decided. */
  readonly reason: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number | undefined, message: string) => void;
}

export interface FileTools {
  readonly engine: Reachable;
  readonly sdk: COS;
  /** The directory of --files-dir. */
  readonly filesDir: string;
  readonly service: ToolService;
  /** Stores an object as the vendor's SDK does. */
  put(Key: string, Body: string | Buffer): Promise<void>;
  /** Reads one as the vendor's SDK does. */
  get(Key: string): Promise<Buffer>;
  call(name: string, args: Fields, options?: CallOptions): Promise<Called>;
  stop(): Promise<void>;
}

export const callOn = async (
  service: ToolService,
  name: string,
  args: Fields,
  { signal = new AbortController().signal, onProgress }: CallOptions = {},
): Promise<Called> => {
  const outcome = await service.call(name, args, {
    name: 'test',
    signal,
    ...(onProgress && { progress: onProgress }),
  });
  if (outcome.kind === 'ask') throw new Error('The gate asked.');
  const { isError = false, structuredContent: fields, content } = outcome.answer;
  return { isError, fields, text: content[0].text, reason: outcome.reason };
};

export const startFileTools = async (flags: readonly string[] = []): Promise<FileTools> => {
  const engine = await startTestEngine();
  const filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-files-'));
  const service = toolboxOver(engine, [
    ...['--files-dir', filesDir, '--buckets', bucket, '--confirm', 'flag'],
    ...flags,
  ]);
  const sdk = openSdk(engine);
  const target = { Bucket: bucket, Region: 'ap-guangzhou' };
  return {
    ...{ engine, sdk, filesDir, service },
    put: async (Key, Body) => {
      await sdk.putObject({ ...target, Key, Body });
    },
    get: async (Key) => (await sdk.getObject({ ...target, Key })).Body as Buffer,
    call: (name, args, options) => callOn(service, name, args, options),
    stop: async () => {
      await service.close();
      await engine.stop();
      rmSync(filesDir, { recursive: true, force: true });
    },
  };
};
