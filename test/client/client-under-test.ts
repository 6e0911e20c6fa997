/** A client of a loopback service with a temporary data directory; both are closed after each test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import {
  type BatchClient,
  type BatchClientOptions,
  createBatchClient,
} from '../../src/client/batch-client.ts';
import { fixedCredentials } from '../../src/client/credentials/credentials.ts';
import { endpointOf } from '../../src/client/endpoints.ts';
import { networkOf } from '../../src/client/network.ts';
import { createProcessState } from '../../src/client/process-state.ts';
import { createTransport } from '../../src/client/transport.ts';
import type { Credential } from '../../src/tc3/sign.ts';
import { type LoopbackService, type Received, type Reply, startLoopbackService } from './loopback-service.ts';

export const credential = { secretId: 'AKIDcanary', secretKey: 'canary-key', token: 'canary-token' };

const closers: (() => Promise<unknown>)[] = [];
/** Closes a resource after the test, in reverse order of creation. */
export const endLater = (close: () => Promise<unknown>): void => void closers.push(close);

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export const temporaryDir = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
  endLater(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

export const serve = async (
  reply: (received: Received, count: number) => Reply | Promise<Reply>,
  options: { readonly now?: () => number } = {},
): Promise<LoopbackService> => {
  const service = await startLoopbackService(reply, { known: credential, ...options });
  endLater(service.stop);
  return service;
};

export const clientOf = async (
  service: { readonly origin: string },
  more: Partial<BatchClientOptions> & { readonly dataDir?: string; readonly keys?: Credential } = {},
): Promise<BatchClient> => {
  const { dataDir = await temporaryDir(), keys = credential, ...options } = more;
  const client = createBatchClient({
    endpoint: endpointOf(service.origin),
    region: 'ap-guangzhou',
    credentials: fixedCredentials(
      { secretId: keys.secretId, secretKey: keys.secretKey, token: keys.token },
      'a test',
    ),
    transport: createTransport(networkOf({ isLoopback: true })),
    // With random 0, full jitter waits 0 ms, so no test sleeps.
    processState: { ...createProcessState(dataDir), random: () => 0 },
    version: '1.2.3',
    ...options,
  });
  endLater(client.close);
  return client;
};

export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`It did not fail: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
