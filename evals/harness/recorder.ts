/** Counts what an agent does: its calls, and the tokens of the tool list, of arguments and of answers. */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { Limits } from './task.ts';
import type { ListedTool, ToolAnswer, ToolSource } from './tool-source.ts';

export interface RecordedCall {
  readonly name: string;
  readonly argumentTokens: number;
  readonly answerTokens: number;
  readonly milliseconds: number;
  readonly isError: boolean;
}

export interface Recorder {
  readonly tools: readonly ListedTool[];
  readonly instructions: string;
  readonly hasResources: boolean;
  /** Tokens of the tool list and of the server's instructions, as a model gets them. */
  readonly listTokens: number;
  readonly calls: readonly RecordedCall[];
  /** The first limit that was reached. */
  exceededLimit(): string | undefined;
  call(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolAnswer>;
  resources(): Promise<ToolAnswer>;
  read(uri: string): Promise<ToolAnswer>;
}

/** Tokens of o200k. The text of a special token counts as ordinary text. */
const tokensOf = (text: string): number => encode(text, { disallowedSpecial: new Set() }).length;

/**
 * @param onCall called with every call, its arguments and its answer
 * @param now milliseconds
 */
export const createRecorder = (
  source: ToolSource,
  limits: Limits,
  onCall: (call: { readonly name: string; readonly args: unknown; readonly answer: ToolAnswer }) => void,
  now: () => number,
): Recorder => {
  const { tools, instructions, hasResources } = source;
  const started = now();
  const calls: RecordedCall[] = [];
  const exceededLimit = (): string | undefined => {
    if (calls.length >= limits.calls) return `${limits.calls} calls`;
    if (calls.reduce((sum, { answerTokens }) => sum + answerTokens, 0) >= limits.tokens)
      return `${limits.tokens} tokens`;
    return now() - started >= limits.seconds * 1000 ? `${limits.seconds} seconds` : undefined;
  };
  const record = async (name: string, args: object, run: () => Promise<ToolAnswer>): Promise<ToolAnswer> => {
    const limit = exceededLimit();
    if (limit !== undefined) {
      return { isError: true, text: `The limit of this task, ${limit}, is reached. Give your final answer.` };
    }
    const before = now();
    const answer = await run();
    calls.push({
      name,
      argumentTokens: tokensOf(JSON.stringify(args)),
      answerTokens: tokensOf(answer.text),
      milliseconds: Math.round(now() - before),
      isError: answer.isError,
    });
    onCall({ name, args, answer });
    return answer;
  };
  return {
    tools,
    instructions,
    hasResources,
    listTokens: tokensOf(JSON.stringify(tools)) + tokensOf(instructions),
    calls,
    exceededLimit,
    call: (name, args) => record(name, args, () => source.call(name, args)),
    resources: () => record('(list resources)', {}, async () => readable(await source.resources())),
    read: (uri) => record('(read resource)', { uri }, async () => readable(await source.read(uri))),
  };
};

const readable = (text: string): ToolAnswer => ({ isError: false, text });
