/** Declares an Azure tool: its schema, its gate and its function have the same types, and listing it needs no account. */
import type * as z from 'zod';
import type {
  Fields,
  Inspection,
  ListableTool,
  Tool,
  ToolAnswer,
  ToolContext,
} from '../../mcp/contract/tool.ts';
import { InputError } from '../../shared/errors.ts';
import { accountOf } from '../http/endpoint.ts';
import type { Wire } from '../http/wire.ts';

/** What Azure tools use of the context: they do not call the API of Tencent Cloud. */
export type AzureContext = Pick<ToolContext, 'signal' | 'detail' | 'progress' | 'approved'>;

interface Spec<I extends z.ZodObject>
  extends Omit<Tool, 'group' | 'isRegional' | 'input' | 'gate' | 'callTargetOf' | 'run'> {
  readonly input: I;
  readonly gate?: {
    readonly warning: string;
    isNeeded(input: z.output<I>): boolean;
    inspect(input: z.output<I>, wire: Wire, context: AzureContext): Promise<Inspection>;
  };
  run(input: z.output<I>, wire: Wire, context: AzureContext): Promise<ToolAnswer>;
}

/** A tool as it is listed, which can be bound to an account. */
export interface ToolDefinition extends ListableTool {
  bind(wire: Wire): Tool;
}

/** Declares a tool. Arguments are validated again in every function, independent of the caller. */
export const defineTool = <I extends z.ZodObject>({ gate, run, ...rest }: Spec<I>): ToolDefinition => {
  const facts = { ...rest, group: 'azure', isRegional: false } as const;
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
    ...(gate && { gate: { warning: gate.warning } }),
    bind: (wire) => ({
      ...facts,
      callTargetOf: ({ Endpoint }) => callTargetOf(wire, Endpoint),
      ...(gate && {
        gate: {
          warning: gate.warning,
          isNeeded: async (args) => gate.isNeeded(parse(args)),
          inspect: async (args, context) => gate.inspect(parse(args), wire, context),
        },
      }),
      run: async (args, context) => run(parse(args), wire, context),
    }),
  };
};

/** Where a call goes and as whom. Never a secret. @throws InputError, ConfigError */
const callTargetOf = ({ settings, endpointOf }: Wire, requested: unknown) => {
  const endpoint = endpointOf(typeof requested === 'string' ? requested : undefined);
  const credential = settings.accessKey ? `SharedKey ${accountOf(settings, endpoint)}` : 'Entra ID';
  return { endpoint: endpoint.url, credential };
};
