/** Kills what a test that failed half-way leaves behind: an engine process, and jobs, which outlive it by design. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markedProcesses, signalTo } from '../src/engine/runner/processes/process-table.ts';

/** Kills the engine of a directory if it is a separate process; an engine in the process of the test is not. */
export const endEngineOf = (dataDir: string): void => {
  try {
    const { pid } = JSON.parse(readFileSync(join(dataDir, 'engine.json'), 'utf8'));
    // The number may belong to another process by now.
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir)) signalTo(pid, 'SIGKILL');
  } catch {
    // It has stopped, or never ran.
  }
};

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
