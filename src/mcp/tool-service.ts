/** Everything the server can do, without a server: list, call, read, complete. The command line uses it, too. */
import type { BatchClient } from '../client/batch-client.ts';
import { lazy } from '../shared/lazy.ts';
import type { Caller } from './contract/caller.ts';
import type { ProfileNames } from './contract/profile-names.ts';
import type { Fields, ListEntry, ListedTool } from './contract/tool.ts';
import type { CallOutcome } from './execute/call-tool.ts';
import { jobViewTool } from './job-view/view-resource.ts';
import { listReachable } from './registry/reachable-list.ts';
import { toolListOf } from './registry/tool-list.ts';
import type { CompletionRequest, CompletionResult } from './resources/completion.ts';
import type { ReadOutcome, ResourceLists, ToolServiceOptions } from './tool-runtime.ts';

export type { ReadOutcome, ToolServiceOptions } from './tool-runtime.ts';

export interface ToolService {
  /** In the order of the catalogue, the same bytes every time. @throws ConfigError for an unknown name in `tools` */
  list(): Promise<readonly ListedTool[]>;
  /** The tools that only the view of a listed tool calls, for clients that show it. */
  viewTools(): Promise<readonly ListedTool[]>;
  /** Whether a tool can be called: it is listed, or belongs to a view. */
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
  /** The accounts of the server, where a call can name one. */
  readonly profiles?: ProfileNames;
  /** The API client of all calls. */
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
  const completeList = lazy(() =>
    toolListOf(options.schemas, async () => (await load()).computeToolList(options.schemas)),
  );
  const selected = lazy(async () => {
    const complete = await completeList();
    const all = complete.filter(({ audience }) => audience === undefined);
    const available = all.filter((entry) => isAvailable(entry, options));
    return listReachable(all, available, { tools: options.tools, readOnly: options.readOnly });
  });
  const runtime = lazy(async () => (await load()).createToolRuntime(options, await selected(), connect));
  const entries = async () => (await selected()).entries;
  const viewTools = async () =>
    (await entries()).some(({ tool }) => tool.name === jobViewTool)
      ? (await completeList()).filter(({ audience }) => audience === 'view').map(({ tool }) => tool)
      : [];
  return {
    list: async () => (await entries()).map((entry) => entry.tool),
    viewTools,
    has: async (name) =>
      [...(await entries()).map(({ tool }) => tool), ...(await viewTools())].some(
        (tool) => tool.name === name,
      ),
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

/** Whether what a tool needs is configured. */
const isAvailable = ({ group, tool }: ListEntry, { loadAzure, files }: ToolServiceOptions): boolean => {
  if (group === 'azure') return loadAzure !== undefined;
  if (group !== 'file') return true;
  return files !== undefined && (files.links || tool.name !== 'CreateFileLink');
};
