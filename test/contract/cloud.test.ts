/** The cloud keeps the contract, too: run only where somebody gives keys for it. */
import { describe } from 'vitest';
import { cloudTargetOf } from './cloud-target.ts';
import { contract } from './contract.ts';

const target = cloudTargetOf(process.env);
describe.skipIf(target === undefined)('with keys of the cloud', () => {
  contract('the cloud', async () => {
    if (!target) throw new Error('There are no keys.');
    return target;
  });
});
