/** The contract of object storage against the engine, and against the cloud where keys and a bucket are given. */
import { randomBytes } from 'node:crypto';
import COS from 'cos-nodejs-sdk-v5';
import { test } from 'vitest';
import { createBatchClient } from '../../../src/client/batch-client.ts';
import { fixedCredentials } from '../../../src/client/credentials/credentials.ts';
import { endpointOf } from '../../../src/client/endpoints.ts';
import { networkOf } from '../../../src/client/network.ts';
import { createProcessState } from '../../../src/client/process-state.ts';
import { createTransport } from '../../../src/client/transport.ts';
import { removeDir, startRunningEngine } from '../../engine/running-engine.ts';
import { type StorageTarget, storageContract } from './storage-contract.ts';
import { bucket, openSdk, openStorage, region } from './storage-under-test.ts';

storageContract('the engine', async () => {
  const engine = await startRunningEngine();
  const { storage, close } = await openStorage(engine);
  return {
    ...{ storage, sdk: openSdk(engine), bucket, region, prefix: '' },
    stop: async () => {
      await close();
      await engine.stop();
      removeDir(engine.dataDir);
    },
  };
});

/** `BATCH_MCP_CONTRACT_SECRET_ID`, `…_SECRET_KEY` and `…_BUCKET` (NAME-APPID) enable it; `…_REGION` is optional. */
const cloudStorage = (
  env: Readonly<Record<string, string | undefined>>,
): (() => Promise<StorageTarget>) | undefined => {
  const secretId = env.BATCH_MCP_CONTRACT_SECRET_ID;
  const secretKey = env.BATCH_MCP_CONTRACT_SECRET_KEY;
  const Bucket = env.BATCH_MCP_CONTRACT_BUCKET;
  if (!secretId || !secretKey || !Bucket) return undefined;
  const Region = env.BATCH_MCP_CONTRACT_REGION ?? region;
  const prefix = `batch-mcp-contract/${randomBytes(6).toString('hex')}/`;
  return async () => {
    const client = createBatchClient({
      endpoint: endpointOf(undefined),
      region: Region,
      credentials: fixedCredentials({ secretId, secretKey }, 'the contract'),
      transport: createTransport(networkOf({ env })),
      processState: createProcessState('/nonexistent'),
      version: '0.0.0',
    });
    const sdk = new COS({ SecretId: secretId, SecretKey: secretKey });
    return {
      ...{ storage: await client.storage(), sdk, bucket: Bucket, region: Region, prefix },
      stop: async () => {
        const { Contents } = await sdk.getBucket({ Bucket, Region, Prefix: prefix });
        const Objects = Contents.map(({ Key }) => ({ Key }));
        if (Objects.length > 0) await sdk.deleteMultipleObject({ Bucket, Region, Objects });
        await client.close();
      },
    };
  };
};

const start = cloudStorage(process.env);
if (start) storageContract('the cloud', start);
else
  test.skip('the object storage of the cloud fulfils the contract (BATCH_MCP_CONTRACT_BUCKET is not set)', () =>
    undefined);
