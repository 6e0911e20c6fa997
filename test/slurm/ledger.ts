/** A file to which instances write when they begin and end, so that no other record has to be believed. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { markerVariable } from '../../src/engine/runner/processes/process-table.ts';

/** A command that writes to the ledger, works, and writes again. The marker ends in `<index>.<attempt>`. */
export const ledgerCommandOf = (ledger: string, work: string): string =>
  `echo begin $${markerVariable} >> ${ledger}; ${work}; code=$?; echo end $code $${markerVariable} >> ${ledger}; exit $code`;

export interface Ledger {
  /** `<index>.<attempt>` of every line. */
  readonly begun: readonly string[];
  readonly ended: readonly { readonly name: string; readonly code: number }[];
}

const nameOf = (marker: string): string => marker.split('.').slice(-2).join('.');

export const readLedger = (ledger: string): Ledger => {
  const lines = readFileSync(ledger, 'utf8').trim().split('\n');
  return {
    begun: lines.flatMap((line) => /^begin (\S+)$/.exec(line)?.[1] ?? []).map(nameOf),
    ended: lines.flatMap((line) => {
      const [, code, marker = ''] = /^end (\d+) (\S+)$/.exec(line) ?? [];
      return code === undefined ? [] : [{ code: Number(code), name: nameOf(marker) }];
    }),
  };
};

/** Expects that no attempt began twice, and that an attempt of every instance has ended. */
export const expectLedger = (file: string, instances: number): Ledger => {
  const ledger = readLedger(file);
  expect(new Set(ledger.begun).size).toBe(ledger.begun.length);
  const indexes = new Set(ledger.ended.map(({ name }) => Number(name.split('.')[0])));
  expect([...indexes].sort((one, other) => one - other)).toEqual(
    Array.from({ length: instances }, (_, index) => index),
  );
  return ledger;
};
