/** Declares a tool, with the types of its arguments taken from its schema. */
import type * as z from 'zod';
import { InputError } from '../../shared/errors.ts';
import type { Wire } from '../http/wire.ts';
import type { AzureAnswer, AzureContext, AzurePreview, AzureTool, AzureToolFacts, Fields } from '../tool.ts';

interface Spec<I extends z.ZodObject> extends Omit<AzureToolFacts, 'group' | 'input'> {
  readonly input: I;
  readonly gate?: {
    isNeeded(input: z.output<I>): boolean;
    preview(input: z.output<I>, wire: Wire, context: AzureContext): Promise<AzurePreview>;
  };
  run(input: z.output<I>, wire: Wire, context: AzureContext): Promise<AzureAnswer>;
}

export interface ToolDefinition extends AzureToolFacts {
  /** The tool, ready to be called over a wire. */
  bind(wire: Wire): AzureTool;
}

/** Declares a tool. Arguments are checked at every entrance, whoever calls. */
export const defineTool = <I extends z.ZodObject>({ gate, run, ...rest }: Spec<I>): ToolDefinition => {
  const facts: AzureToolFacts = { ...rest, group: 'azure' };
  const parse = (args: Fields): z.output<I> => {
    const checked = rest.input.safeParse(args, { reportInput: true });
    if (checked.success) return checked.data;
    throw new InputError(
      rest.name,
      checked.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
    );
  };
  return {
    ...facts,
    bind: (wire) => ({
      ...facts,
      ...(gate && {
        gate: {
          warning: rest.warning ?? '',
          isNeeded: async (args) => gate.isNeeded(parse(args)),
          preview: async (args, context) => gate.preview(parse(args), wire, context),
        },
      }),
      run: async (args, context) => run(parse(args), wire, context),
    }),
  };
};
