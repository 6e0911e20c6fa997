/** An engine in a separate process, so that a test can kill it: `tsx engine-process.ts OPTIONS`, with JSON. */
import { startEngine } from '../../src/engine/index.ts';
import { createLog } from '../../src/shared/log.ts';
import { fastTimings } from './timings.ts';

const { dataDir, workDir, slots } = JSON.parse(process.argv[2] ?? '{}');
const { endpoint, secretId, secretKey } = await startEngine({
  dataDir,
  backend: 'slurm',
  workDir,
  slots,
  sandbox: 'none',
  environment: process.env,
  log: createLog('warn'),
  slurm: { timings: fastTimings },
});
process.stdout.write(`${JSON.stringify({ endpoint, secretId, secretKey })}\n`);
