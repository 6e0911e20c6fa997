/** The reference page of a tool that is not an action: a workflow, or a tool of another service. */
import { inputFieldsOf } from '../../catalogue/pages.ts';
import { additionsOf } from '../arguments/read-arguments.ts';
import type { ListableTool } from '../contract/tool.ts';

const effects: Readonly<Record<ListableTool['effect'], string>> = {
  read: 'reads',
  create: 'creates',
  change: 'changes',
  destroy: 'destroys; needs a confirmation',
};

/** @returns Markdown that begins with a heading of the first level */
export const toolReferenceOf = (tool: ListableTool): string => {
  const fields = [tool.input, additionsOf(tool)].map(inputFieldsOf).filter(Boolean).join('\n');
  return `${[
    `# ${tool.name}`,
    tool.description,
    [
      `- Effect: ${effects[tool.effect]}${tool.effect !== 'destroy' && tool.gate ? '; can need a confirmation' : ''}.`,
      ...(tool.gate ? [`- Before confirming: ${tool.gate.warning}`] : []),
      tool.idempotent
        ? '- Calling it again has no further effect.'
        : '- Calling it again repeats the effect.',
    ].join('\n'),
    '## Arguments',
    fields || 'It takes none.',
  ].join('\n\n')}\n`;
};
