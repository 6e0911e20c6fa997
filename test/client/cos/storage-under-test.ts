/** The client of object storage over a real engine, and the vendor's SDK beside it. */
import COS from 'cos-nodejs-sdk-v5';
import { createBatchClient } from '../../../src/client/batch-client.ts';
import type { CosClient } from '../../../src/client/cos/cos-client.ts';
import { fixedCredentials } from '../../../src/client/credentials/credentials.ts';
import { endpointOf } from '../../../src/client/endpoints.ts';
import { networkOf } from '../../../src/client/network.ts';
import { createProcessState } from '../../../src/client/process-state.ts';
import { createTransport } from '../../../src/client/transport.ts';

export interface Keys {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly dataDir: string;
}

export const bucket = 'results-1250000000';
export const region = 'ap-guangzhou';
export const objectOf = (key: string) => ({ bucket, region, key });

export interface OpenedClient {
  readonly storage: CosClient;
  close(): Promise<void>;
}

export const openStorage = async (engine: Keys, timeoutMs = 60_000): Promise<OpenedClient> => {
  const client = createBatchClient({
    endpoint: endpointOf(engine.endpoint),
    region,
    credentials: fixedCredentials(engine, 'a test'),
    transport: createTransport(networkOf({ isLoopback: true })),
    processState: createProcessState(engine.dataDir),
    version: '0.0.0',
    timeoutMs,
  });
  return { storage: await client.storage(), close: client.close };
};

/** The vendor's SDK against the same engine. */
export const openSdk = ({ endpoint, secretId, secretKey }: Omit<Keys, 'dataDir'>): COS => {
  const cos: COS & { readonly options?: object } = new COS({
    SecretId: secretId,
    SecretKey: secretKey,
    Domain: new URL(endpoint).host,
    Protocol: 'http:',
  });
  // The constructor refuses path style, which new buckets of the cloud no longer offer; the request code still has it.
  Object.assign(cos.options ?? {}, { ForcePathStyle: true });
  return cos;
};

export const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (offset: number, into: Uint8Array) => into.set(bytes.subarray(offset, offset + into.length)),
});

export const bytesOf = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
