/** Runs the contract against the cloud if credentials are given. */
import { test } from 'vitest';
import { cloudTargetOf } from './cloud-target.ts';
import { contract } from './contract.ts';

const target = cloudTargetOf(process.env);
if (target) contract(target.name, async () => target);
else
  test.skip('the cloud fulfils the contract (BATCH_MCP_CONTRACT_SECRET_ID and …_SECRET_KEY are not set)', () =>
    undefined);
