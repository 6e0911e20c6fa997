/** What is loaded when the first tool is called or the first resource is read: everything but the list of tools. */
import { join } from 'node:path';
import type { Azure } from '../azure/index.ts';
import type { BatchClient } from '../client/batch-client.ts';
import { allowedPrefixesOf } from '../client/cos/allowed-buckets.ts';
import { restrictStorage } from '../client/cos/storage.ts';
import { type Lazy, lazy } from '../shared/lazy.ts';
import type { Random } from '../shared/random.ts';
import { type EnvironmentValues, secretsOf } from './arguments/environment-values.ts';
import { createAudit } from './audit/audit.ts';
import type { Caller } from './contract/caller.ts';
import type { ConfirmPolicy } from './contract/decision.ts';
import type { Fields, ListEntry, Tool } from './contract/tool.ts';
import { wait } from './contract/wait.ts';
import type { CallServices } from './execute/call.ts';
import { type CallOutcome, callTool } from './execute/call-tool.ts';
import { createSerialise } from './execute/execute-approved.ts';
import type { FileOptions } from './files/index.ts';
import { createGate } from './gate/gate.ts';
import { jobViewTool } from './job-view/view-resource.ts';
import type { ReachableList } from './registry/reachable-list.ts';
import { completeList, createTools, everyTool } from './registry/tools.ts';
import { errorAnswerOf } from './render/error-answer.ts';
import type { ShownVariables } from './render/redact.ts';
import { type Disclosure, render } from './render/render.ts';
import { azureResourcesOf, readAzureResource } from './resources/azure-resources.ts';
import { type CompletionRequest, type CompletionResult, createCompletion } from './resources/completion.ts';
import { type ReadOptions, readResource } from './resources/read-resource.ts';
import type { ResourceContent } from './resources/resource-content.ts';
import {
  type ListedTools,
  type ResourceEntry,
  type ResourceTemplateEntry,
  resourcesOf,
  resourceTemplatesOf,
} from './resources/resource-list.ts';
import { readStoredFileResource, storedFileResourcesOf } from './resources/stored-files.ts';
import type { ScriptOptions } from './script/run-script.ts';
import { scriptReferenceOf } from './script/script-reference.ts';
import { createUndoStore } from './undo/undo-store.ts';
import type { WorkflowOptions } from './workflows/index.ts';
import { createJobViewTools } from './workflows/show-job.ts';

export interface ToolServiceOptions {
  /** Creates the API client; called once, at the first call that needs it. It may load the network and start an engine. */
  readonly connect: () => Promise<BatchClient>;
  /** Name of the profile in use; empty where there is none. A confirmation is bound to it. */
  readonly profile: string;
  /** Region of calls that name none, as far as it is known before the API client is created; for completions. */
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
  /** Why it cannot be written, if that is known; calls that change something then fail. */
  readonly dataDirProblem?: string | undefined;
  /** Where each changing call is recorded; `off` for nowhere. */
  readonly auditFile: string | undefined;
  /** Which field may reference which variable as `${env:NAME}`. */
  readonly environment: EnvironmentValues;
  /** Variables of tasks whose values are shown; by default none. */
  readonly shownVariables?: ShownVariables;
  /** Which objects may be accessed: names of buckets and cos:// directories. */
  readonly buckets?: readonly string[];
  /** Enables the file tools. */
  readonly files?: FileOptions | undefined;
  /** Limits and the site, which the workflows know and the calls observe. */
  readonly workflows?: Pick<WorkflowOptions, 'limits' | 'site' | 'logPath'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Random;
}

export interface ResourceLists {
  readonly resources: readonly ResourceEntry[];
  readonly templates: readonly ResourceTemplateEntry[];
}

/** The content of a resource, or why it could not be read. */
export type ReadOutcome = ResourceContent | { readonly error: string; readonly fields: Fields };

export interface ToolRuntime {
  call(name: string, args: Fields, caller: Caller): Promise<CallOutcome>;
  /** An answer to a call that no tool receives. */
  refuse(error: unknown, tool: string): CallOutcome;
  read(uri: string, caller: Caller): Promise<ReadOutcome | undefined>;
  resources(region: string | undefined): ResourceLists;
  complete(request: CompletionRequest): Promise<CompletionResult>;
}

/** The list of all tools, computed from the catalogue: for a program that was not built, and for full schemas. */
export const computeToolList = (schemas: 'compact' | 'full'): readonly ListEntry[] => completeList(schemas);

/**
 * Creates the runtime.
 * @param list the listed tools, and what is reached through them
 * @param connect opens the API client at the first call that needs it
 */
export const createToolRuntime = (
  options: ToolServiceOptions,
  { entries, scriptable, reachable }: ReachableList,
  connect: Lazy<BatchClient>,
): ToolRuntime => {
  const { now, random, environment } = options;
  const listed = listedToolsOf(entries);
  const undo = createUndoStore({ dir: join(options.dataDir, 'undo'), now, random });
  const disclosure: Disclosure = {
    shownVariables: options.shownVariables ?? [],
    secrets: secretsOf(environment),
    random,
  };
  const allowed = allowedPrefixesOf(options.buckets ?? [], options.workflows?.logPath);
  const storage = lazy(async () => restrictStorage(await (await connect()).storage(), allowed));
  const azure = options.loadAzure && lazy(options.loadAzure);
  const services = lazy(async (): Promise<CallServices> => {
    const { auditFile: file = join(options.dataDir, 'audit.jsonl') } = options;
    const others = azure ? (await azure()).tools : [];
    const script = { isReadOnly: options.readOnly, granted: () => granted, disclosure };
    const { all, called } = createAllTools(options, others, script, listed);
    const granted = new Map(all.filter(({ name }) => listed.has(name) || scriptable.has(name)).map(named));
    return {
      audit: file === 'off' ? undefined : createAudit({ file, now, random }),
      undo,
      environment,
      disclosure,
      tools: new Map(called.map(named)),
      granted,
      reachable,
      gate: createGate({ policy: options.confirm, now, random }),
      connect,
      storage,
      limits: options.workflows?.limits ?? {},
      dataDir: options.dataDir,
      dataDirProblem: options.dataDirProblem,
      serialise: createSerialise(),
      profile: options.profile,
      random,
      now,
    };
  });
  const scriptReference = async () => scriptReferenceOf((await services()).granted);
  const sources = {
    ...{ connect, storage, undo, tools: listed, reachable, toolNamed, scriptReference, disclosure },
  };
  return {
    call: async (name, args, caller) => callTool(name, args, caller, await services()),
    refuse: (error, tool) => ({
      kind: 'answer',
      reason: 'wrong_arguments',
      answer: render(errorAnswerOf(error, tool), { detail: 'concise', now: now(), disclosure }),
    }),
    read: (uri, { signal }) => readAny(uri, { ...sources, signal }, azure),
    resources: (region) =>
      joined([
        { resources: resourcesOf(region, listed), templates: resourceTemplatesOf(listed) },
        storedFileResourcesOf(allowed, region, listed),
        ...(azure ? [azureResourcesOf(listed)] : []),
      ]),
    complete: createCompletion({
      call: async (action, input, region, signal) =>
        (await (await connect()).call(action, input, { signal, ...(region === undefined ? {} : { region }) }))
          .output,
      region: options.region,
      ...(listed.has('ReadStoredFile') && { files: { allowed, storage } }),
      tools: entries.map(({ tool }) => tool.name),
      wait,
      now: () => performance.now(),
    }),
  };
};

const named = (tool: Tool): readonly [string, Tool] => [tool.name, tool];

/** All tools, and those that can be called: the listed ones, and those of the view of a listed one. */
const createAllTools = (
  options: ToolServiceOptions,
  others: readonly Tool[],
  script: ScriptOptions,
  listed: ListedTools,
): { readonly all: readonly Tool[]; readonly called: readonly Tool[] } => {
  const jobView = createJobViewTools();
  const all = createTools({ ...options.workflows, jobView, files: options.files, others, script });
  const called = all.filter(({ name }) => listed.has(name));
  return { all, called: listed.has(jobViewTool) ? [...called, ...jobView.viewTools] : called };
};

/** Reads a resource of whichever kind. */
const readAny = async (
  uri: string,
  sources: ReadOptions,
  azure: Lazy<Azure> | undefined,
): Promise<ReadOutcome | undefined> => {
  const { storage, tools, disclosure, signal } = sources;
  try {
    if (azure && uri.startsWith('batch-azure:'))
      return await readAzureResource(uri, await azure(), tools, disclosure, signal);
    if (uri.startsWith('cos:'))
      return await readStoredFileResource(uri, await storage(), tools, disclosure, signal);
    return await readResource(uri, sources);
  } catch (error) {
    if (signal.aborted) throw error;
    return readErrorOf(error, uri);
  }
};

const listedToolsOf = (entries: readonly ListEntry[]): ListedTools => ({
  has: (name) => entries.some(({ tool }) => tool.name === name),
  canChange: entries.some(({ effect }) => effect !== 'read'),
});

const joined = (lists: readonly ResourceLists[]): ResourceLists => ({
  resources: lists.flatMap(({ resources }) => resources),
  templates: lists.flatMap(({ templates }) => templates),
});

const toolNamed = (name: string) => everyTool().find((tool) => tool.name === name);

/** The protocol has no form for errors of resources, so everything is in the message. */
const readErrorOf = (error: unknown, uri: string): ReadOutcome => {
  const { summary, fields, next = [] } = errorAnswerOf(error, uri);
  const detail = [fields.code, fields.message].filter(Boolean).join(': ');
  return { error: [summary, detail, ...next].filter(Boolean).join(' '), fields };
};
