/** Starts the server on stdin and stdout. */
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Log } from '../../shared/log.ts';
import type { ConfirmPolicy } from '../contract/decision.ts';
import type { PromptContext } from '../prompts/prompt-texts.ts';
import type { ToolService } from '../tool-service.ts';
import { createConversation } from './conversation.ts';
import { instructionsOf } from './instructions.ts';
import { createServer } from './server.ts';
import { createStrictStdio } from './strict-stdio.ts';

export interface McpOptions extends PromptContext {
  readonly toolService: ToolService;
  readonly confirm: ConfirmPolicy;
  readonly readOnly: boolean;
  readonly version: string;
  /** Where calls go, for people and models: `the local engine on this machine`, or an address. */
  readonly where: string;
  /** Region of calls that name none. */
  readonly region: string | undefined;
  readonly log: Log;
  /** Milliseconds, for durations: a clock that nobody sets back. */
  readonly now: () => number;
  /** How long a person may think before a question counts as not answered. Five minutes unless a test gives another. */
  readonly formTimeoutMs?: number;
}

export interface McpHandle {
  /** Settles when the connection has ended: stdin closed, or `stop` was called. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Serves MCP. Nothing else happens at the start: no network, no file, no lock, since clients start servers only to probe
 * them, and start them twice.
 */
export const startMcp = (options: McpOptions): McpHandle => {
  const { toolService: toolbox } = options;
  const facts = {
    version: options.version,
    region: options.region,
    formTimeoutMs: options.formTimeoutMs ?? 300_000,
    instructions: instructionsOf({
      where: options.where,
      policy: options.confirm,
      isReadOnly: options.readOnly,
    }),
  };
  const conversation = createConversation({
    connect: toolbox.connect,
    region: options.region,
    site: options.site,
    now: options.now,
  });
  const transport = createStrictStdio(undefined, conversation.observe);
  const handle = serveStdio(({ era }) => createServer(era, toolbox, conversation, facts), {
    transport,
    onerror: (error) => options.log.warn(error.message),
  });
  const ended = new Promise<void>((resolve) => {
    // serveStdio has set its own handler by now; ours comes after it.
    const close = transport.onclose;
    transport.onclose = () => {
      close?.();
      conversation.subscriptions.stop();
      toolbox.close().finally(resolve);
    };
  });
  return { ended, stop: () => handle.close() };
};
