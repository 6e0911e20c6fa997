/** What becomes of a compute node, as tables of cases. */
import { describe, expect, test } from 'vitest';
import {
  assertNodeTransition,
  canRemove,
  canTerminate,
  type NodeState,
  type NodeView,
  nextStepOf,
  nodeStates,
  nodesToRemove,
  nodeTransitions,
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

test('the next step of an idle node follows from its state and its zone', () => {
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

test('a node that failed or does not report is recreated while retries are left', () => {
  expect(
    (['CREATION_FAILED', 'ABNORMAL'] as const).map((state) =>
      stepOf(node(state, { retriesLeft: 1 }), 'open'),
    ),
  ).toEqual(['again', 'again']);
});

test('an attached instance becomes a node even in a sold-out zone', () => {
  expect(stepOf(node('CREATING', { origin: 'USER_ATTACHED' }), 'sold-out')).toBe('CREATED');
});

test('a node that is being deleted waits for its instance', () => {
  expect(stepOf(node('DELETING', { busyWith: '1/0' }), 'open')).toBe('-');
});

test('every decided step is a transition of the table', () => {
  for (const state of nodeStates) {
    for (const zone of conditions) {
      const step = nextStepOf(node(state), zone);
      if (step?.kind === 'move') expect(nodeTransitions[state]).toContain(step.to);
    }
  }
});

test('a transition that is not in the table throws', () => {
  expect(() => assertNodeTransition('SUBMITTED', 'RUNNING')).toThrowError(
    'A node cannot go from SUBMITTED to RUNNING.',
  );
});

test('the states that can be terminated, and those that can be removed, are the documented ones', () => {
  expect(nodeStates.filter(canTerminate)).toEqual(['CREATED', 'RUNNING', 'CREATION_FAILED', 'ABNORMAL']);
  expect(nodeStates.filter(canRemove)).toEqual(['CREATED', 'RUNNING', 'ABNORMAL']);
  for (const state of nodeStates.filter(canTerminate)) expect(nodeTransitions[state]).toContain('DELETING');
});

describe('resizing to fewer nodes', () => {
  const pool: readonly NodeView[] = [
    node('RUNNING', { nodeId: 'old-idle' }),
    node('RUNNING', { nodeId: 'old-busy', busyWith: '1/0' }),
    node('ABNORMAL', { nodeId: 'lost' }),
    node('RUNNING', { nodeId: 'attached', origin: 'USER_ATTACHED' }),
    node('CREATING', { nodeId: 'coming' }),
    node('RUNNING', { nodeId: 'new-busy', busyWith: '1/1' }),
    node('RUNNING', { nodeId: 'new-idle' }),
  ];
  test('removes abnormal, then idle, then busy nodes, the newest first, and never attached ones or those being created', () => {
    expect(nodesToRemove(pool, 5)).toEqual(['lost', 'new-idle', 'old-idle', 'new-busy', 'old-busy']);
    expect(nodesToRemove(pool, 0)).toEqual([]);
  });
  test('removes none when there are not enough that can be removed', () => {
    expect(nodesToRemove(pool, 6)).toBeUndefined();
  });
});
