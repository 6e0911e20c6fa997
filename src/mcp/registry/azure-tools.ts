/** The tools of Azure Batch in the form of all tools. */
import type { Azure, AzureAnswer, AzureContext, AzureTool, AzureToolFacts } from '../../azure/index.ts';
import type { Fields, ListableTool, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';

/** Enough to list a tool before an account is configured. */
export const listableOf = (facts: AzureToolFacts): ListableTool => ({
  name: facts.name,
  title: facts.title,
  description: facts.description,
  group: facts.group,
  effect: facts.effect,
  idempotent: facts.idempotent,
  input: facts.input,
  isRegional: false,
  hasDetail: facts.hasDetail,
  ...(facts.warning !== undefined && { gate: { warning: facts.warning } }),
});

/** The tools of one account. */
export const azureToolsOf = (azure: Azure): readonly Tool[] => azure.tools.map((tool) => toolOf(tool, azure));

const toolOf = ({ gate, ...tool }: AzureTool, azure: Azure): Tool => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  group: tool.group,
  effect: tool.effect,
  idempotent: tool.idempotent,
  input: tool.input,
  isRegional: false,
  hasDetail: tool.hasDetail,
  callTargetOf: azure.callTargetOf,
  ...(gate && {
    gate: {
      warning: gate.warning,
      isNeeded: async (args, context) => gate.isNeeded(args, azureContextOf(context)),
      inspect: async (args, context) => {
        const { consequences, ...read } = await gate.preview(args, azureContextOf(context));
        return { ...read, consequences: async () => consequences };
      },
    },
  }),
  run: async (args, context) => answerOf(await tool.run(args, azureContextOf(context))),
});

/** Azure's side names the fields that a job wrote. */
const answerOf = ({ untrusted = [], ...answer }: AzureAnswer): ToolAnswer => {
  const fields: Fields = Object.fromEntries(
    Object.entries(answer.fields).map(([name, value]) => [
      name,
      untrusted.includes(name) && typeof value === 'string' ? untrustedText(value, name) : value,
    ]),
  );
  return { ...answer, fields };
};

const azureContextOf = ({ signal, detail, progress, approved: seen }: ToolContext): AzureContext => ({
  signal,
  detail,
  progress,
  ...(seen && { approved: { state: seen.state } }),
});

/** A tool that is listed but cannot be called: every call reports the mistake in the configuration. */
export const unavailableToolOf = ({ gate, ...facts }: ListableTool, error: unknown): Tool => {
  const fail = (): never => {
    throw error;
  };
  return {
    ...facts,
    ...(gate && { gate: { ...gate, isNeeded: async () => fail(), inspect: async () => fail() } }),
    callTargetOf: fail,
    run: async () => fail(),
  };
};
