import { describe, expect, test } from 'vitest';
import {
  type AttemptState,
  afterReport,
  afterStop,
  type Start,
  startOf,
  stopReasonOf,
} from '../../../src/engine/runner/attempt-state.ts';
import type { Report } from '../../../src/engine/runner/backend.ts';

const now = { time: 1000, clock: 50 };
const start: Start = { backendId: 'h', time: 1000, clock: 50 };
const started: Report = { kind: 'started', key: '1/0', backendId: 'h', elapsedMs: 0 };
const ending = { kind: 'exited', code: 3 } as const;
const exited: Report = { kind: 'ended', key: '1/0', ending, hasResults: true };
const exitedWithoutResults: Report = { kind: 'ended', key: '1/0', ending };
const lost: Report = { kind: 'ended', key: '1/0', ending: { kind: 'machine-failure', detail: 'lost' } };
const collected: Report = { kind: 'collected', key: '1/0', fault: 'full' };

const phasesOf = (...reports: readonly (Report | 'stop')[]): readonly AttemptState['phase'][] => {
  let state: AttemptState = { phase: 'starting' };
  return reports.map((report) => {
    state = report === 'stop' ? afterStop(state, 'terminated') : afterReport(state, report, now);
    return state.phase;
  });
};

describe('an attempt', () => {
  test.each([
    ['runs, ends and is collected', [started, exited, collected], ['running', 'collecting', 'exited']],
    ['can end before its start is reported', [exited, collected], ['collecting', 'exited']],
    ['without results is not collected', [started, exitedWithoutResults], ['running', 'exited']],
    ['that is lost has nothing to collect', [started, lost], ['running', 'exited']],
    [
      'is stopped while it runs',
      [started, 'stop', exited, collected],
      ['running', 'stopping', 'collecting', 'exited'],
    ],
    ['is stopped before it runs', ['stop', started, exited], ['stopping', 'stopping', 'collecting']],
    ['that has ended cannot be stopped', [started, exited, 'stop'], ['running', 'collecting', 'collecting']],
    [
      'is being stopped if the backend says so',
      [started, { kind: 'stopping', key: '1/0', reason: 'disk' }, exited],
      ['running', 'stopping', 'collecting'],
    ],
    ['ends once', [lost, exited, started], ['exited', 'exited', 'exited']],
    ['cannot be collected before it ends', [started, collected], ['running', 'running']],
  ] as const)('%s', (_, reports, phases) => {
    expect(phasesOf(...reports)).toEqual(phases);
  });

  test('that is recovered began as long ago as the backend reports', () => {
    const state = afterReport({ phase: 'starting' }, { ...started, elapsedMs: 40 }, now);
    expect(startOf(state)).toEqual({ ...start, clock: 10 });
  });

  test('has its start, the reason of its stop and what could not be stored at its end', () => {
    const stopped = afterStop({ phase: 'running', start }, 'terminated');
    const state = afterReport(afterReport(stopped, exited, now), collected, now);
    expect(state).toEqual({
      phase: 'exited',
      start,
      reason: 'terminated',
      ending: { kind: 'exited', code: 3, unstored: 'full', skipped: undefined },
    });
    expect([startOf(state), stopReasonOf(state)]).toEqual([start, 'terminated']);
  });
});
