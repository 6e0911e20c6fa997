/** What becomes of a compute node, as tables of cases. */
import { describe, expect, test } from 'vitest';
import {
  assertNodeMove,
  canShrinkAway,
  canTerminate,
  type NodeState,
  type NodeView,
  nextStepOf,
  nodeMoves,
  nodeStates,
  shrinkChoiceOf,
  type ZoneCondition,
} from '../../../src/engine/model/compute-node.ts';

const node = (state: NodeState, more: Partial<NodeView> = {}): NodeView => ({
  nodeId: 'node-1',
  state,
  origin: 'BATCH_CREATED',
  busyWith: null,
  retriesLeft: 0,
  ...more,
});
const conditions: readonly ZoneCondition[] = ['open', 'sold-out', 'stuck', 'silent', 'unavailable'];

/** The step in a word: the state it leads to, `again`, `gone`, or `-` for none. */
const stepOf = (view: NodeView, zone: ZoneCondition): string => {
  const step = nextStepOf(view, zone);
  if (step === undefined) return '-';
  return step.kind === 'move' ? step.to : step.kind === 'recreate' ? 'again' : 'gone';
};

test('the next step of an idle node, by its state and its zone', () => {
  const table = Object.fromEntries(
    nodeStates.map((state) => [state, conditions.map((zone) => stepOf(node(state), zone)).join(' ')]),
  );
  // open, sold-out, stuck, silent, unavailable
  expect(table).toEqual({
    SUBMITTED: 'CREATING CREATING CREATING CREATING CREATING',
    CREATING: 'CREATED CREATION_FAILED - CREATED CREATED',
    CREATED: 'RUNNING RUNNING RUNNING ABNORMAL RUNNING',
    RUNNING: '- - - - -',
    CREATION_FAILED: '- - - - -',
    ABNORMAL: '- - - - -',
    DELETING: 'gone gone - gone gone',
  });
});

test('a node that failed or does not report is made again while it may be', () => {
  expect(
    (['CREATION_FAILED', 'ABNORMAL'] as const).map((state) =>
      stepOf(node(state, { retriesLeft: 1 }), 'open'),
    ),
  ).toEqual(['again', 'again']);
});

test('an attached machine is there even where none can be made', () => {
  expect(stepOf(node('CREATING', { origin: 'USER_ATTACHED' }), 'sold-out')).toBe('CREATED');
});

test('a node that is to go waits for what runs on it', () => {
  expect(stepOf(node('DELETING', { busyWith: '1/0' }), 'open')).toBe('-');
});

test('every step that is decided is a move of the table', () => {
  for (const state of nodeStates) {
    for (const zone of conditions) {
      const step = nextStepOf(node(state), zone);
      if (step?.kind === 'move') expect(nodeMoves[state]).toContain(step.to);
    }
  }
});

test('a move that is not in the table is a mistake', () => {
  expect(() => assertNodeMove('SUBMITTED', 'RUNNING')).toThrowError(
    'A node cannot go from SUBMITTED to RUNNING.',
  );
});

test('which states can be ended, and which can be shrunk away', () => {
  expect(nodeStates.filter(canTerminate)).toEqual(['CREATED', 'RUNNING', 'CREATION_FAILED', 'ABNORMAL']);
  expect(nodeStates.filter(canShrinkAway)).toEqual(['CREATED', 'RUNNING', 'ABNORMAL']);
  for (const state of nodeStates.filter(canTerminate)) expect(nodeMoves[state]).toContain('DELETING');
});

describe('shrinking', () => {
  const pool: readonly NodeView[] = [
    node('RUNNING', { nodeId: 'old-idle' }),
    node('RUNNING', { nodeId: 'old-busy', busyWith: '1/0' }),
    node('ABNORMAL', { nodeId: 'lost' }),
    node('RUNNING', { nodeId: 'attached', origin: 'USER_ATTACHED' }),
    node('CREATING', { nodeId: 'coming' }),
    node('RUNNING', { nodeId: 'new-busy', busyWith: '1/1' }),
    node('RUNNING', { nodeId: 'new-idle' }),
  ];
  test('takes the lost, then the idle, then the busy, the newest first, and never what is attached or on its way', () => {
    expect(shrinkChoiceOf(pool, 5)).toEqual(['lost', 'new-idle', 'old-idle', 'new-busy', 'old-busy']);
    expect(shrinkChoiceOf(pool, 0)).toEqual([]);
  });
  test('by more than can go takes none', () => {
    expect(shrinkChoiceOf(pool, 6)).toBeUndefined();
  });
});
