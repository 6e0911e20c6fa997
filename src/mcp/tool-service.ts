/** Everything the server can do, without a server: list, call, read, complete. The command line uses it, too. */
import type { Azure } from '../azure/index.ts';
import type { BatchClient } from '../client/batch-client.ts';
import { lazy } from '../shared/lazy.ts';
import type { EnvironmentValues } from './arguments/environment-values.ts';
import type { CallTarget } from './contract/call-target.ts';
import type { Caller } from './contract/caller.ts';
import type { ConfirmPolicy } from './contract/decision.ts';
import type { Fields, ListedTool } from './contract/tool.ts';
import type { CallOutcome } from './execute/call-tool.ts';
import { toolListOf } from './registry/tool-list.ts';
import { selectTools } from './registry/tool-selection.ts';
import type { ShownVariables } from './render/redact.ts';
import type { CompletionRequest, CompletionResult } from './resources/completion.ts';
import type { ResourceContent } from './resources/resource-content.ts';
import type { ResourceEntry, ResourceTemplateEntry } from './resources/resource-list.ts';
import type { WorkflowOptions } from './workflows/index.ts';

export interface ToolServiceOptions {
  /** Creates the client; called once, at the first call that needs it. It may load the network and start an engine. */
  readonly connect: () => Promise<BatchClient>;
  /** As whom calls are made, which a confirmation is bound to; never a secret. And the region configured with the keys. */
  readonly identityOf: () => Promise<
    Pick<CallTarget, 'profile' | 'credential'> & { readonly region?: string | undefined }
  >;
  /** Region of calls that name none, as far as it is known before the client is created; for completions. */
  readonly region?: string | undefined;
  readonly confirm: ConfirmPolicy;
  readonly readOnly: boolean;
  /** Lists of groups and tools, `-` removes one; a tool has to be in every list. An empty list selects all. */
  readonly tools: readonly (readonly string[])[];
  readonly schemas: 'compact' | 'full';
  /** Creates Azure's side, where an account is configured; called when something of it is used. */
  readonly loadAzure?: () => Promise<Azure>;
  /** Contains what is written: `undo/`, and `audit.jsonl` unless another file is named. */
  readonly dataDir: string;
  /** Where each changing call is recorded; `off` for nowhere. */
  readonly auditFile: string | undefined;
  /** Which field may reference which variable as `${env:NAME}`. */
  readonly environment: EnvironmentValues;
  /** Variables of tasks whose values are shown; by default none. */
  readonly shownVariables?: ShownVariables;
  /** Limits and the site, which the workflows know and the calls observe. */
  readonly workflows?: Pick<WorkflowOptions, 'limits' | 'site'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

export interface ResourceLists {
  readonly resources: readonly ResourceEntry[];
  readonly templates: readonly ResourceTemplateEntry[];
}

/** The content of a resource, or why it could not be read. */
export type ReadOutcome = ResourceContent | { readonly error: string; readonly fields: Fields };

export interface ToolService {
  /** In the order of the catalogue, the same bytes every time. @throws ConfigError for an unknown name in `tools` */
  list(): Promise<readonly ListedTool[]>;
  /** Whether a tool is listed. */
  has(name: string): Promise<boolean>;
  /** Calls a tool. An error of the call is an answer. */
  call(name: string, args: Fields, caller: Caller): Promise<CallOutcome>;
  /** An answer that reports an error to which no tool belongs. */
  refuse(error: unknown, tool: string): Promise<CallOutcome>;
  /** The resources that exist without knowing any id, and the templates of all others. */
  resources(region: string | undefined): Promise<ResourceLists>;
  /** Reads a resource. @returns undefined where there is none */
  read(uri: string, caller: Caller): Promise<ReadOutcome | undefined>;
  /** Completes a variable of a resource template or an argument of a prompt. */
  complete(request: CompletionRequest): Promise<CompletionResult>;
  /** The client of all calls. */
  connect(): Promise<BatchClient>;
  close(): Promise<void>;
}

/**
 * Creates the service. Nothing is loaded, opened or read before it is used.
 * The list of tools, which every client asks for, is a constant of the built program; all other code is behind the one
 * dynamic import below, which keeps a start short.
 */
export const createToolService = (options: ToolServiceOptions): ToolService => {
  const load = () => import('./tool-runtime.ts');
  const connect = lazy(options.connect);
  const entries = lazy(async () => {
    const all = await toolListOf(options.schemas, async () =>
      (await load()).computeToolList(options.schemas),
    );
    const available = options.loadAzure ? all : all.filter((entry) => entry.group !== 'azure');
    return selectTools(available, { tools: options.tools, readOnly: options.readOnly });
  });
  const runtime = lazy(async () => (await load()).createToolRuntime(options, await entries(), connect));
  return {
    list: async () => (await entries()).map((entry) => entry.tool),
    has: async (name) => (await entries()).some((entry) => entry.tool.name === name),
    call: async (name, args, caller) => (await runtime()).call(name, args, caller),
    refuse: async (error, tool) => (await runtime()).refuse(error, tool),
    resources: async (region) => (await runtime()).resources(region),
    read: async (uri, caller) => (await runtime()).read(uri, caller),
    complete: async (request) => (await runtime()).complete(request),
    connect,
    close: async () => {
      if (connect.wasCalled()) await (await connect().catch(() => undefined))?.close();
    },
  };
};
