/** The states of a compute node, the transitions between them, and the order in which nodes are removed. */

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

/** From each state, the states that may follow. A node in DELETING is removed. */
export const nodeTransitions: { readonly [S in NodeState]: readonly NodeState[] } = {
  SUBMITTED: ['CREATING'],
  CREATING: ['CREATED', 'CREATION_FAILED'],
  CREATED: ['RUNNING', 'ABNORMAL', 'DELETING'],
  // Back to CREATED: it is restarted and has to report again.
  RUNNING: ['CREATED', 'ABNORMAL', 'DELETING'],
  // Back to SUBMITTED: its machine is recreated.
  CREATION_FAILED: ['SUBMITTED', 'DELETING'],
  ABNORMAL: ['RUNNING', 'SUBMITTED', 'DELETING'],
  DELETING: [],
};

/** @throws Error when the transition is not in the table: a defect of the program, never an error of the caller */
export const assertNodeTransition = (from: NodeState, to: NodeState): void => {
  if (!nodeTransitions[from].includes(to)) throw new Error(`A node cannot go from ${from} to ${to}.`);
};

/** The facts about a node that decisions need. */
export interface NodeView {
  readonly nodeId: string;
  readonly state: NodeState;
  readonly origin: NodeOrigin;
  /** The task instance that runs on it. */
  readonly busyWith: string | null;
  /** How often its machine may still be recreated when creation failed or it does not report. */
  readonly retriesLeft: number;
}

/**
 * How a zone behaves; always `open` unless a fault plan says otherwise. In a `sold-out` zone no machine can be created,
 * in a `stuck` one no operation completes, in a `silent` one machines are created and never report, an `unavailable` one
 * is refused.
 */
export const faultyConditions = ['sold-out', 'stuck', 'silent', 'unavailable'] as const;
export type ZoneCondition = 'open' | (typeof faultyConditions)[number];

/** Has the form of the vendor's one example of a failed activity; the second code is one of the CVM API. */
export const soldOutReason = 'InternalError.CallCvm:ResourceInsufficient.SpecifiedInstanceType';

/** The next step of a node. */
export type NodeStep =
  | {
      readonly kind: 'move';
      readonly to: NodeState;
      readonly activity?: ActivityState;
      readonly reason?: string;
    }
  /** Its machine is recreated, under a new activity. */
  | { readonly kind: 'recreate' }
  | { readonly kind: 'remove' };

/**
 * The next step of one node, or nothing in a stable state.
 * A node goes through the documented states one at a time, although a slot of this machine is available at once, so
 * that a client sees the states that the cloud would show.
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
      // The loop terminates the instance on it first.
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

/** The vendor: TerminateComputeNode accepts nodes in these states. */
export const canTerminate = (state: NodeState): boolean => canRemove(state) || state === 'CREATION_FAILED';

/** The vendor: of the nodes of a shrinking environment, only those in these states can be removed. */
export const canRemove = (state: NodeState): boolean =>
  state === 'CREATED' || state === 'RUNNING' || state === 'ABNORMAL';

/**
 * Which nodes are removed when an environment shrinks: never attached ones; first those without a heartbeat, then idle
 * ones, then busy ones; the newest first among equals. The vendor names no order.
 * @param nodes oldest first
 * @returns exactly `count` ids, or nothing when there are fewer
 */
export const nodesToRemove = (nodes: readonly NodeView[], count: number): readonly string[] | undefined => {
  const rankOf = (node: NodeView) => (node.state === 'ABNORMAL' ? 0 : node.busyWith === null ? 1 : 2);
  const candidates = nodes
    .filter((node) => node.origin === 'BATCH_CREATED' && canRemove(node.state))
    .reverse()
    .sort((a, b) => rankOf(a) - rankOf(b));
  return candidates.length < count ? undefined : candidates.slice(0, count).map((node) => node.nodeId);
};

/** The causes of activities; the first three are the vendor's, the others follow their form. */
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
