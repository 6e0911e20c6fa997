/** The Azure tools against the test service: waits return at once, ids are fixed, and progress is recorded. */
import { type Azure, type AzureSettings, createAzure } from '../../src/azure/index.ts';
import type { Fields, Preview, ToolAnswer, ToolContext, ToolGate } from '../../src/mcp/contract/tool.ts';
import { type AzureService, accountKey, accountName, startTime } from './azure-service.ts';

export const fixedId = '9c4d50ee-2d56-4cd3-8152-34347dc9f2b0';

export interface AzureUnderTest {
  readonly azure: Azure;
  /** The waits between two reads of a job, in milliseconds. */
  readonly pauses: readonly number[];
  readonly progress: readonly (readonly [number, number | undefined, string])[];
  readonly context: ToolContext;
  /** Calls a tool without the gate. */
  run(tool: string, args: Fields, context?: Partial<ToolContext>): Promise<ToolAnswer>;
  gateOf(tool: string): ToolGate & { preview(args: Fields, context: ToolContext): Promise<Preview> };
}

export const settingsFor = (service: Pick<AzureService, 'endpoint'>): AzureSettings => ({
  endpoint: service.endpoint,
  account: accountName,
  accessKey: accountKey,
  now: () => startTime,
  newId: () => fixedId,
  retryDelayMs: 1,
});

export const createAzureUnderTest = (settings: AzureSettings): AzureUnderTest => {
  const pauses: number[] = [];
  const progress: [number, number | undefined, string][] = [];
  const azure = createAzure({
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    ...settings,
  });
  const context: ToolContext = {
    region: undefined,
    now: () => startTime,
    call: () => Promise.reject(new Error('Azure tools do not call Tencent Cloud.')),
    signal: new AbortController().signal,
    detail: 'concise',
    progress: (...report) => {
      progress.push(report);
    },
  };
  const toolOf = (name: string) => {
    const tool = azure.tools.find((one) => one.name === name);
    if (!tool) throw new Error(`There is no tool ${name}.`);
    return tool;
  };
  return {
    azure,
    pauses,
    progress,
    context,
    run: (tool, args, other = {}) => toolOf(tool).run(args, { ...context, ...other }),
    gateOf: (name) => {
      const { gate } = toolOf(name);
      if (!gate) throw new Error(`${name} has no gate.`);
      return {
        ...gate,
        preview: async (args, other) => {
          const { consequences, recipe: _, ...rest } = await gate.inspect(args, other);
          return { ...rest, consequences: await consequences() };
        },
      };
    },
  };
};
