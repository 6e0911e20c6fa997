/** What a tool may use while it runs: the API, bound to one call. */
import { type ActionName, actions, type InputOf, type OutputOf } from '../../catalogue/index.ts';
import type { BatchClient, BeforeSend, Wait } from '../../client/batch-client.ts';
import type { Storage } from '../../client/cos/storage.ts';
import type { EngineRequests } from '../../client/engine-requests.ts';
import type { JobEventSource } from '../../client/job-events.ts';
import type { Lazy } from '../../shared/lazy.ts';
import type { Fields, ToolAnswer } from './answer.ts';
import type { ListedCall } from './call-list.ts';
import type { Caller } from './caller.ts';
import type { Preview } from './preview.ts';

/** What a tool may use while it runs. Bound to one request: its region and its cancellation. */
export interface ToolContext {
  readonly region: string | undefined;
  readonly signal: AbortSignal;
  /** Aborted when the session is ending: a tool that waits then returns its continuation at once. */
  readonly closing?: AbortSignal | undefined;
  /** `full` where the caller asked for everything, else `concise`. */
  readonly detail: 'concise' | 'full';
  readonly now: () => number;
  /** The preview that was confirmed. A tool with conditional requests makes them conditional on the state shown. */
  readonly approved?: Preview;
  /**
   * Calls the API, in the region of this request unless another is named. A confirmed call that changes something is
   * checked again when its rate permit is held; notices of the API client go into the answer of the tool.
   */
  call<A extends ActionName>(action: A, input: InputOf<A>, region?: string): Promise<OutputOf<A>>;
  /**
   * Makes a call that needs no confirmation as its tool does: operator limits, ClientToken, undo recipe, audit record.
   * Only for tools with `makesCalls`. @throws ConfigError for an action that the operator does not allow
   */
  change?(call: ListedCall): Promise<ToolAnswer>;
  /** With what something was created, where this program did it: masked, but complete. Only for tools with `makesCalls`. */
  createdWith?(id: string): Promise<{ readonly tool: string; readonly arguments: Fields } | undefined>;
  /** The attempt that the caller selected; `call` sends it with DescribeTaskLogs. */
  readonly attempt?: number | undefined;
  /** What only a local engine offers; undefined for the cloud. */
  readonly engine?: () => Promise<EngineRequests | undefined>;
  /** The events of the jobs of the account. Absent only in tests of tools that do not use it. */
  readonly events?: () => Promise<JobEventSource | undefined>;
  /** Object storage, restricted to what the operator allows. Absent only in tests of tools that do not use it. */
  readonly storage?: () => Promise<Storage>;
  /** Whether the client asked for progress: it then waits longer. */
  readonly hasProgress?: boolean;
  /** Reports progress to the waiting client; counts only grow. Does nothing where the client did not ask for it. */
  progress(done: number, total: number | undefined, message: string): void;
}

/** What the contexts of one call have in common. */
export interface ContextSource {
  readonly connect: Lazy<BatchClient>;
  readonly storage: Lazy<Storage>;
  readonly caller: Caller;
  /** The region of the arguments. */
  readonly region: string | undefined;
  /** The region the call goes to: that of the arguments, or else the configured one. Known once the API client is open. */
  readonly targetRegion?: string;
  readonly detail: ToolContext['detail'];
  /** The argument `attempt`. */
  readonly attempt?: number | undefined;
  readonly now: () => number;
  /** What the API client reports beside its output is added here. */
  readonly notices: string[];
}

/** What differs between them. */
export interface ContextOptions {
  readonly signal?: AbortSignal;
  /** Checks a request that changes something, when its rate permit is held. */
  readonly beforeSend?: BeforeSend;
  readonly approved?: Preview;
  /** Receives the ClientToken of a response. */
  readonly onToken?: (clientToken: string) => void;
}

/** @returns a function that creates the contexts of one call */
export const createContexts =
  (source: ContextSource) =>
  (options: ContextOptions = {}): ToolContext => {
    const { connect, caller, detail, attempt, now } = source;
    // The region that was confirmed, also if the configured one changes meanwhile.
    const region = source.targetRegion || source.region;
    const { signal = caller.signal, beforeSend, approved, onToken } = options;
    const onWait = waitReporterOf(caller);
    return {
      region,
      signal,
      closing: caller.closing,
      detail,
      attempt,
      now,
      ...(approved && { approved }),
      call: async <A extends ActionName>(
        action: A,
        input: InputOf<A>,
        named = region,
      ): Promise<OutputOf<A>> => {
        const client = await connect();
        const result = await client.call(action, input, {
          signal,
          onWait,
          ...(named !== undefined && { region: named }),
          ...(attempt !== undefined && action === 'DescribeTaskLogs' && { instanceAttempt: attempt }),
          ...(beforeSend && actions[action].effect !== 'read' && { beforeSend }),
        });
        source.notices.push(...result.notices);
        if (result.clientToken !== undefined) onToken?.(result.clientToken);
        return result.output;
      },
      engine: async () => (await connect()).engine,
      events: async () => (await connect()).events,
      storage: source.storage,
      hasProgress: caller.progress !== undefined,
      progress: (done, total, message) => caller.progress?.(done, total, message),
    };
  };

/** Waits under a second are not worth reporting. */
const minReportedWaitMs = 1_000;

const waitReporterOf = (caller: Caller) => {
  let waits = 0;
  return ({ reason, milliseconds }: Wait): void => {
    if (milliseconds < minReportedWaitMs) return;
    waits += 1;
    // Far below one, so that the counts of the work itself still grow from here.
    caller.progress?.(waits / 1_000, undefined, `Waiting ${Math.round(milliseconds / 1000)} s: ${reason}.`);
  };
};
