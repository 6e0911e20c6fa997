/** The states of a compute node, the only moves between them, and which nodes an environment gives up first. */

export const nodeStates = [
  'SUBMITTED',
  'CREATING',
  'CREATED',
  'RUNNING',
  'CREATION_FAILED',
  'ABNORMAL',
  'DELETING',
] as const;
export type NodeState = (typeof nodeStates)[number];
export type ActivityState = 'SUBMITTED' | 'PROCESSING' | 'SUCCEED' | 'FAILED';
export type ActivityType = 'CREATE_COMPUTE_NODE' | 'TERMINATE_COMPUTE_NODE';
export type NodeOrigin = 'BATCH_CREATED' | 'USER_ATTACHED';

/** From each state, the states that may follow. A node in DELETING ends by being no more. */
export const nodeMoves: { readonly [S in NodeState]: readonly NodeState[] } = {
  SUBMITTED: ['CREATING'],
  CREATING: ['CREATED', 'CREATION_FAILED'],
  CREATED: ['RUNNING', 'ABNORMAL', 'DELETING'],
  // Back to CREATED: it is started again, and has to report anew.
  RUNNING: ['CREATED', 'ABNORMAL', 'DELETING'],
  // Back to SUBMITTED: its machine is made again.
  CREATION_FAILED: ['SUBMITTED', 'DELETING'],
  ABNORMAL: ['RUNNING', 'SUBMITTED', 'DELETING'],
  DELETING: [],
};

/** @throws Error when the move is not in the table: that is a mistake of the program, never of a caller */
export const assertNodeMove = (from: NodeState, to: NodeState): void => {
  if (!nodeMoves[from].includes(to)) throw new Error(`A node cannot go from ${from} to ${to}.`);
};

/** What the decisions need to know of a node. */
export interface NodeView {
  readonly nodeId: string;
  readonly state: NodeState;
  readonly origin: NodeOrigin;
  /** The task instance that runs on it. */
  readonly busyWith: string | null;
  /** How often its machine may still be made again when it could not be made, or does not report. */
  readonly retriesLeft: number;
}

/**
 * How a zone behaves; only faults that somebody asked for make it anything but `open`. In a `sold-out` one no machine
 * can be made, in a `stuck` one nothing that was begun comes to an end, in a `silent` one machines are made and never
 * report, an `unavailable` one is refused.
 */
export const faultyConditions = ['sold-out', 'stuck', 'silent', 'unavailable'] as const;
export type ZoneCondition = 'open' | (typeof faultyConditions)[number];

/** Has the form of the one example in the vendor's documentation of activities; the second code is of the machines' API. */
export const soldOutReason = 'InternalError.CallCvm:ResourceInsufficient.SpecifiedInstanceType';

/** What becomes of a node at the next turn. */
export type NodeStep =
  | {
      readonly kind: 'move';
      readonly to: NodeState;
      readonly activity?: ActivityState;
      readonly reason?: string;
    }
  /** Its machine is made again, under a new activity. */
  | { readonly kind: 'recreate' }
  | { readonly kind: 'remove' };

/**
 * The next step of one node, or nothing when it rests.
 * A node takes the documented path one state at a time, although a slot of this machine is there at once:
 * whoever watches must be able to see what the cloud would show.
 */
export const nextStepOf = (node: NodeView, zone: ZoneCondition): NodeStep | undefined => {
  switch (node.state) {
    case 'SUBMITTED':
      return { kind: 'move', to: 'CREATING', activity: 'PROCESSING' };
    case 'CREATING':
      if (zone === 'stuck') return undefined;
      if (zone === 'sold-out' && node.origin === 'BATCH_CREATED') {
        return { kind: 'move', to: 'CREATION_FAILED', activity: 'FAILED', reason: soldOutReason };
      }
      return { kind: 'move', to: 'CREATED', activity: 'SUCCEED' };
    case 'CREATED':
      return { kind: 'move', to: zone === 'silent' ? 'ABNORMAL' : 'RUNNING' };
    case 'DELETING':
      if (zone === 'stuck') return undefined;
      // What runs on it is ended first, by whoever runs it.
      return node.busyWith === null ? { kind: 'remove' } : undefined;
    case 'CREATION_FAILED':
    case 'ABNORMAL':
      return node.retriesLeft > 0 ? { kind: 'recreate' } : undefined;
    case 'RUNNING':
      return undefined;
    default:
      return node.state satisfies never;
  }
};

/** The vendor: TerminateComputeNode takes nodes in these states. */
export const canTerminate = (state: NodeState): boolean =>
  canShrinkAway(state) || state === 'CREATION_FAILED';

/** The vendor: of the nodes of a shrinking environment, only those in these states can go. */
export const canShrinkAway = (state: NodeState): boolean =>
  state === 'CREATED' || state === 'RUNNING' || state === 'ABNORMAL';

/**
 * Which nodes go when an environment shrinks: machines it was given by its owner never; then those that are of least
 * use: without a heartbeat, then idle, then busy; among equals the newest. The vendor names no order.
 * @param nodes oldest first
 * @returns exactly `count` ids, or nothing when there are not so many
 */
export const shrinkChoiceOf = (nodes: readonly NodeView[], count: number): readonly string[] | undefined => {
  const rankOf = (node: NodeView) => (node.state === 'ABNORMAL' ? 0 : node.busyWith === null ? 1 : 2);
  const candidates = nodes
    .filter((node) => node.origin === 'BATCH_CREATED' && canShrinkAway(node.state))
    .reverse()
    .sort((a, b) => rankOf(a) - rankOf(b));
  return candidates.length < count ? undefined : candidates.slice(0, count).map((node) => node.nodeId);
};

/** Sentences that activities give as their cause; the first three are the vendor's, the others follow their form. */
export const causes = {
  created: (count: number) => `CreateComputeEnv: the capacity is ${count}`,
  recreated: (nodeId: string) => `CreateComputeNode ${nodeId}`,
  grown: (from: number, to: number) => `ModifyComputeEnv: increase the capacity from ${from} to ${to}`,
  shrunk: (from: number, to: number) => `ModifyComputeEnv: decrease the capacity from ${from} to ${to}`,
  terminated: (action: string, nodeId: string) => `${action}: ${nodeId}`,
  attached: (instanceId: string) => `AttachInstances: ${instanceId}`,
  detached: (instanceId: string) => `DetachInstances: ${instanceId}`,
  deleted: (envId: string) => `DeleteComputeEnv: ${envId}`,
} as const;

/** Counts for `ComputeNodeMetrics`, from the number of nodes in each state. */
export const metricsOf = (count: (state: NodeState) => number) => ({
  SubmittedCount: count('SUBMITTED'),
  CreatingCount: count('CREATING'),
  CreationFailedCount: count('CREATION_FAILED'),
  CreatedCount: count('CREATED'),
  RunningCount: count('RUNNING'),
  DeletingCount: count('DELETING'),
  AbnormalCount: count('ABNORMAL'),
});
