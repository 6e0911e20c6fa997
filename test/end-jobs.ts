/** Kills processes of jobs of a test's engine: they outlive the engine by design. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markedProcesses, signalTo } from '../src/engine/runner/processes/process-table.ts';

/** @param dataDir of an engine that has stopped; without effect if none ever ran */
export const endJobsOf = (dataDir: string): void => {
  let engineId: string;
  try {
    ({ engineId } = JSON.parse(readFileSync(join(dataDir, 'engine-keys.json'), 'utf8')));
  } catch {
    return;
  }
  for (const { pid } of markedProcesses(engineId)) signalTo(pid, 'SIGKILL');
};
