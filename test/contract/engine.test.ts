/** Runs the contract against the local engine. */
import { afterAll } from 'vitest';
import { contract, coverage } from './contract.ts';
import { type EngineTarget, startEngineTarget } from './engine-target.ts';

coverage();

let started: EngineTarget | undefined;
afterAll(() => started?.stop());
contract('the local engine', async () => {
  started = await startEngineTarget();
  return started;
});
