/** The cloud keeps the contract, too: run only where somebody gives keys for it. */
import { test } from 'vitest';
import { cloudTargetOf } from './cloud-target.ts';
import { contract } from './contract.ts';

const target = cloudTargetOf(process.env);
if (target) contract(target.name, async () => target);
else
  test.skip('the cloud keeps the contract (BATCH_MCP_CONTRACT_SECRET_ID and …_SECRET_KEY are not set)', () =>
    undefined);
