/** Starts the server on two streams. */
import type { Readable, Writable } from 'node:stream';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { lazy } from '../../shared/lazy.ts';
import type { Log } from '../../shared/log.ts';
import { randomBytes } from '../../shared/random.ts';
import type { ConfirmPolicy } from '../contract/decision.ts';
import type { PromptContext } from '../prompts/prompt-texts.ts';
import type { ToolService } from '../tool-service.ts';
import { createJobSubscriptions } from './job-subscriptions.ts';
import { createServer } from './server.ts';
import { createStrictStdio, type StdioTransport } from './strict-stdio.ts';

export interface McpOptions extends PromptContext {
  readonly toolService: ToolService;
  readonly confirm: ConfirmPolicy;
  readonly readOnly: boolean;
  readonly version: string;
  /** Where calls go, for users and models: `the local engine on this machine`, or an address. */
  readonly where: string;
  /** Region of calls that name none. */
  readonly region: string | undefined;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** How long a user may think before a question counts as not answered. Default: five minutes. */
  readonly formTimeoutMs?: number;
  /** Carries the messages of the client. */
  readonly input: Readable;
  /** Carries messages to the client, and nothing else. */
  readonly output: Writable;
}

export interface McpHandle {
  /** Settles when the connection has ended: stdin closed, or `stop` was called. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

// A client that has closed stdin waits for its answers, and kills a process that takes much longer.
const maxDrainMs = 10_000;
// Short enough to end at once for a person, long enough to write little.
const probeMs = 250;

/**
 * Serves MCP. Nothing else happens at the start: no network, no file, no lock, since clients start servers only to probe
 * them, and start them twice.
 */
export const startMcp = (options: McpOptions): McpHandle => {
  const { toolService, log, input, output } = options;
  const closing = new AbortController();
  const subscriptions = createJobSubscriptions({
    connect: toolService.connect,
    canSubscribe: () => toolService.has('DescribeJob'),
    now: options.now,
  });
  const tasks = lazy(async () => (await import('./tasks.ts')).createTasks(Date.now, randomBytes));
  const formTimeoutMs = options.formTimeoutMs ?? 300_000;
  const facts = { ...options, formTimeoutMs, closing: closing.signal, tasks };
  const transport = createStrictStdio({
    input,
    output,
    observe: subscriptions.observe,
    log,
    onEnd: () => {
      closing.abort();
      drain(transport, output).finally(() => handle.close());
    },
  });
  const handle = serveStdio(({ era }) => createServer(era, toolService, subscriptions, facts), {
    transport,
    onerror: (error) => log.debug(error.message),
  });
  const ended = new Promise<void>((resolve) => {
    // serveStdio has set its own handler by now; this one runs after it.
    const close = transport.onclose;
    transport.onclose = () => {
      close?.();
      closing.abort();
      subscriptions.stop();
      toolService.close().finally(resolve);
    };
  });
  return { ended, stop: () => handle.close() };
};

/** Waits until the requests in progress are answered, at most ten seconds; what is unanswered then gets an error. */
const drain = async (transport: StdioTransport, output: Writable): Promise<void> => {
  // A pipe reports that its reader has gone only when it is written to. A space before a line is no part of its JSON.
  const probe = setInterval(() => output.write(' '), probeMs);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxDrainMs);
  });
  try {
    await Promise.race([transport.settled(), late]);
    await transport.failPending(
      'The session has ended before the call did; it was cancelled, and may have been carried out.',
    );
  } finally {
    clearInterval(probe);
    clearTimeout(timer);
  }
};
