/** The tools of Azure Batch in the form of all tools. */
import type { Azure, AzureAnswer, AzureContext, AzureTool, AzureToolFacts } from '../../azure/index.ts';
import type { Fields, ListableTool, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { fence, fenceMarkOf, fenceNoteOf } from '../render/untrusted.ts';

type Random = (bytes: number) => Uint8Array;

/** Enough to list a tool, before anybody has configured an account. */
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
export const azureToolsOf = (azure: Azure, random: Random): readonly Tool[] =>
  azure.tools.map((tool) => toolOf(tool, azure, random));

const toolOf = ({ gate, ...tool }: AzureTool, azure: Azure, random: Random): Tool => ({
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
  run: async (args, context) => answerOf(await tool.run(args, azureContextOf(context)), random),
});

/** What a job wrote is fenced here, because only Azure's side knows which fields that are. */
const answerOf = ({ untrusted = [], ...answer }: AzureAnswer, random: Random): ToolAnswer => {
  if (untrusted.length === 0) return answer;
  const mark = fenceMarkOf(random);
  const fields: Fields = Object.fromEntries(
    Object.entries(answer.fields).map(([name, value]) => [
      name,
      untrusted.includes(name) && typeof value === 'string' ? fence(value, mark, name) : value,
    ]),
  );
  return { ...answer, fields: { untrusted: fenceNoteOf(mark), ...fields } };
};

const azureContextOf = ({ signal, detail, progress, approved: seen }: ToolContext): AzureContext => ({
  signal,
  detail,
  progress,
  ...(seen && { approved: { state: seen.state } }),
});
