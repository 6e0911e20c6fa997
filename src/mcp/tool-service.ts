/** Everything the server can do, without a server: list, call, read. The command line uses it, too. */
import { join } from 'node:path';
import type { Azure } from '../azure/index.ts';
import type { BatchClient } from '../client/batch-client.ts';
import { lazy } from '../shared/lazy.ts';
import type { EnvironmentValues } from './arguments/environment-values.ts';
import type { CallTarget } from './contract/call-target.ts';
import type { Caller } from './contract/caller.ts';
import type { ConfirmPolicy } from './contract/decision.ts';
import type { Fields, ListEntry, ListedTool } from './contract/tool.ts';
import type { CallOutcome } from './execute/call-tool.ts';
import { toolListOf } from './registry/tool-list.ts';
import { selectTools } from './registry/tool-selection.ts';
import {
  type ResourceEntry,
  type ResourceTemplateEntry,
  resourcesOf,
  resourceTemplates,
} from './resources/resource-list.ts';
import type { ResourceContent } from './resources/resource-text.ts';
import type { WorkflowOptions } from './workflows/index.ts';

export interface ToolServiceOptions {
  /** Makes the client; called at the first call that needs it, and once. It may load the network and start an engine. */
  readonly connect: () => Promise<BatchClient>;
  /** As whom calls are made, for what a yes is bound to; never a secret. And the region that stands beside the keys. */
  readonly identityOf: () => Promise<
    Pick<CallTarget, 'profile' | 'credential'> & { readonly region?: string | undefined }
  >;
  readonly confirm: ConfirmPolicy;
  readonly readOnly: boolean;
  /** Groups and names, `-` takes away; empty for all. */
  readonly tools: readonly string[];
  readonly schemas: 'compact' | 'full';
  /** Makes Azure's side, where an account is configured; loaded when something of it is asked for. */
  readonly loadAzure?: () => Promise<Azure>;
  /** Holds what is written: `undo/`, and `audit.jsonl` unless another file is named. */
  readonly dataDir: string;
  /** Where each changing call is written down; `off` for nowhere. */
  readonly auditFile: string | undefined;
  /** What a secret field may name as `${env:NAME}`. */
  readonly environment: EnvironmentValues;
  /** Limits and the site, which the workflows know and the calls keep to. */
  readonly workflows?: Pick<WorkflowOptions, 'limits' | 'site'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

export interface ToolService {
  /** In the order of the catalogue, the same bytes every time. @throws ConfigError for an unknown name in `tools` */
  list(): Promise<readonly ListedTool[]>;
  /** Whether a tool is listed. */
  has(name: string): Promise<boolean>;
  /** Calls a tool. An error of the call is an answer. */
  call(name: string, args: Fields, caller: Caller): Promise<CallOutcome>;
  /** The resources that are there without knowing any id, and the templates of all others. */
  resources(region: string | undefined): Promise<{
    readonly resources: readonly ResourceEntry[];
    readonly templates: readonly ResourceTemplateEntry[];
  }>;
  /** Reads a resource. @returns nothing where there is none */
  read(uri: string, caller: Caller): Promise<ResourceContent | undefined>;
  /** The client of all calls. */
  connect(): Promise<BatchClient>;
  close(): Promise<void>;
}

/** Creates the toolbox. Nothing is loaded, opened or read until something is asked for. */
export const createToolService = (options: ToolServiceOptions): ToolService => {
  const client = lazy(options.connect);
  const azure = options.loadAzure && lazy(options.loadAzure);
  const tools = lazy(async () => {
    const { createTools } = await import('./registry/tools.ts');
    const { random, workflows } = options;
    const others = azure
      ? (await import('./registry/azure-tools.ts')).azureToolsOf(await azure(), random)
      : [];
    return createTools({ random, ...workflows, others });
  });
  const entries = lazy(async () => {
    const all = await toolListOf(options.schemas, async (): Promise<readonly ListEntry[]> => {
      const { everyTool, listOf } = await import('./registry/tools.ts');
      return listOf(everyTool(), options.schemas);
    });
    const offered = azure ? all : all.filter((entry) => entry.group !== 'azure');
    return selectTools(offered, { tools: options.tools, readOnly: options.readOnly });
  });
  const undo = lazy(async () => {
    const { createUndoStore } = await import('./undo/undo-store.ts');
    return createUndoStore({ dir: join(options.dataDir, 'undo'), now: options.now, random: options.random });
  });
  const calling = lazy(async () => {
    const [{ callTool }, { createSerialise }, { createGate }, { createAudit }, listed, all] =
      await Promise.all([
        import('./execute/call-tool.ts'),
        import('./execute/serialise.ts'),
        import('./gate/gate.ts'),
        import('./audit/audit.ts'),
        entries(),
        tools(),
      ]);
    const names = new Set(listed.map((entry) => entry.tool.name));
    const gate = createGate({ policy: options.confirm, now: options.now, random: options.random });
    const { auditFile: file = join(options.dataDir, 'audit.jsonl'), now, random } = options;
    const services = {
      audit: file === 'off' ? undefined : createAudit({ file, now, random }),
      undo: await undo(),
      environment: options.environment,
      newCallId: () => Buffer.from(random(8)).toString('hex'),
      tools: new Map(all.filter((tool) => names.has(tool.name)).map((tool) => [tool.name, tool])),
      gate,
      connect: client,
      limits: options.workflows?.limits ?? {},
      serialise: createSerialise(),
      callTargetOf: async (region: string | undefined): Promise<CallTarget> => {
        const [{ endpoint, region: own }, identity] = await Promise.all([client(), options.identityOf()]);
        return { endpoint, ...identity, region: region ?? own ?? identity.region ?? '' };
      },
      now,
    };
    return (name: string, args: Fields, caller: Caller) => callTool(name, args, caller, services);
  });
  return {
    list: async () => (await entries()).map((entry) => entry.tool),
    has: async (name) => (await entries()).some((entry) => entry.tool.name === name),
    call: async (name, args, caller) => (await calling())(name, args, caller),
    read: async (uri, caller) => {
      if (azure && uri.startsWith('batch-azure:')) {
        const { readAzureResource } = await import('./resources/azure-resources.ts');
        return readAzureResource(uri, await azure(), caller.signal, options.random);
      }
      const { readResource } = await import('./resources/read-resource.ts');
      return readResource(uri, {
        connect: client,
        signal: caller.signal,
        undo: await undo(),
        random: options.random,
      });
    },
    resources: async (region) => {
      const own = { resources: resourcesOf(region), templates: resourceTemplates };
      if (!azure) return own;
      const { listedAzureResources: more } = await import('./resources/azure-resources.ts');
      return {
        resources: [...own.resources, ...more.resources],
        templates: [...own.templates, ...more.templates],
      };
    },
    connect: client,
    close: async () => {
      if (client.wasCalled()) await (await client().catch(() => undefined))?.close();
    },
  };
};
