/** Subscriptions to jobs, as both protocol eras request them. */
import type { JSONRPCMessage, Server } from '@modelcontextprotocol/server';
import type { BatchClient } from '../../client/batch-client.ts';
import type { Fields } from '../contract/tool.ts';
import { wait } from '../contract/wait.ts';
import { jobSnapshot } from '../jobs/job-snapshot.ts';
import { createSubscriptions, type Subscriptions } from '../resources/subscriptions.ts';

/** Outlives the servers, of which the SDK creates one for each protocol era that a client tries. */
export interface JobSubscriptions extends Pick<Subscriptions, 'subscribe' | 'unsubscribe' | 'stop'> {
  /** Makes a server the one that sends notifications; the last one is connected. */
  attach(server: Server): void;
  /** Reads the jobs of a call that changes something again: it may have changed one that had ended. */
  resumeAfter(args: Fields): void;
  /** Reads off `subscriptions/listen`, which the SDK answers without informing a server. */
  observe(message: JSONRPCMessage): void;
}

/** Name of the state in the notification: a change is known even when the next one follows before it is read. */
const stateKey = 'batch-mcp/JobState';

export const createJobSubscriptions = ({
  connect,
  canSubscribe,
  now,
}: {
  readonly connect: () => Promise<BatchClient>;
  /** Whether the tool that reads a job is listed. */
  readonly canSubscribe: () => Promise<boolean>;
  readonly now: () => number;
}): JobSubscriptions => {
  let server: Server | undefined;
  const subscriptions = createSubscriptions({
    read: async (region, JobId, signal) =>
      jobSnapshot((await (await connect()).call('DescribeJob', { JobId }, { region, signal })).output),
    notify: (uri, JobState) => {
      // A client that has disconnected is not an error.
      server
        ?.sendResourceUpdated({ uri, ...(JobState !== undefined && { _meta: { [stateKey]: JobState } }) })
        .catch(() => undefined);
    },
    wait,
    now,
  });
  return {
    ...subscriptions,
    attach: (next) => {
      server = next;
    },
    resumeAfter: ({ JobId, JobIds }) => {
      for (const id of Array.isArray(JobIds) ? JobIds : [JobId]) subscriptions.resume(String(id));
    },
    observe: (message) => {
      const stream = endedStreamOf(message);
      if (stream !== undefined) subscriptions.unsubscribe(stream);
      const opened = openedStreamOf(message);
      if (opened === undefined) return;
      canSubscribe().then(
        (can) => can && subscriptions.subscribe(opened.stream, opened.uris),
        () => undefined,
      );
    },
  };
};

const versionKey = 'io.modelcontextprotocol/protocolVersion';

const streamOf = (id: unknown): string => `stream ${JSON.stringify(id)}`;

const endedStreamOf = (message: JSONRPCMessage): string | undefined =>
  'method' in message && message.method === 'notifications/cancelled'
    ? streamOf(message.params?.requestId)
    : undefined;

const openedStreamOf = (
  message: JSONRPCMessage,
): { readonly stream: string; readonly uris: readonly string[] } | undefined => {
  if (!('method' in message && 'id' in message) || message.method !== 'subscriptions/listen')
    return undefined;
  if (message.params?._meta?.[versionKey] === undefined) return undefined;
  const { notifications }: Fields = message.params;
  const uris =
    typeof notifications === 'object' && notifications !== null && 'resourceSubscriptions' in notifications
      ? notifications.resourceSubscriptions
      : undefined;
  if (!Array.isArray(uris)) return undefined;
  return { stream: streamOf(message.id), uris: uris.filter((uri) => typeof uri === 'string') };
};
