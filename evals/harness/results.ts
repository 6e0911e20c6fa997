/** The committed results: one JSON file for each series. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from './record.ts';
import { reportOf, type Series } from './report.ts';

const resultsDir = join(import.meta.dirname, '..', 'results');
export const reportFile = join(import.meta.dirname, '..', '..', 'docs', 'evals.md');

const readRecords = (file: string): readonly RunRecord[] => JSON.parse(readFileSync(file, 'utf8'));

/** The report of all committed results. Files are sorted by name, which gives the order of the columns. */
export const currentReport = (): string => {
  const files = existsSync(resultsDir) ? readdirSync(resultsDir) : [];
  const records = files
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => readRecords(join(resultsDir, file)));
  const names = [...new Set(records.map(({ series }) => series))];
  return reportOf(
    names.map((name): Series => ({ name, records: records.filter(({ series }) => series === name) })),
  );
};

/** The records of all sessions below the directories. */
export const collectRecords = (directories: readonly string[]): readonly RunRecord[] =>
  directories.flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('record.json'))
      .map((file): RunRecord => JSON.parse(readFileSync(join(directory, file), 'utf8'))),
  );

/** Adds records to a file of results; a record replaces an earlier one of the same series, task and run. */
export const addRecords = (file: string, records: readonly RunRecord[]): void => {
  const keyOf = ({ series, task, run }: RunRecord) => `${task} ${series} ${run}`;
  const all = new Map(
    [...(existsSync(file) ? readRecords(file) : []), ...records].map((one) => [keyOf(one), one]),
  );
  const sorted = [...all.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  // One record a line, so that a new run is one changed line.
  writeFileSync(file, `[\n${sorted.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`);
};
