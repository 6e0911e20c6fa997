/** The record of one run. Every figure comes from the recorder and the engine, none from the agent. */
import type { RecordedCall } from './recorder.ts';

export interface RunRecord {
  /** Column of the report: what was measured, such as `0.2.0` or `SDK and shell`. */
  readonly series: string;
  readonly task: string;
  readonly condition: 'A' | 'B';
  readonly run: number;
  /** Options of batch-mcp. */
  readonly flags: readonly string[];
  readonly success: boolean;
  /** Conditions of success that were not met. */
  readonly missed: readonly string[];
  readonly harm: readonly string[];
  /** The limit that was reached. */
  readonly exceeded: string | null;
  readonly seconds: number;
  /** Requests that reached the engine. */
  readonly apiRequests: number;
  readonly listTokens: number;
  readonly calls: readonly RecordedCall[];
  readonly answer: string;
}

export interface Figures {
  readonly calls: number;
  readonly list: number;
  readonly answers: number;
  readonly arguments: number;
  /** List and answers: what a model reads. */
  readonly total: number;
}

/** Tokens and calls of a run. */
export const figuresOf = ({ calls, listTokens }: Pick<RunRecord, 'calls' | 'listTokens'>): Figures => {
  const answers = calls.reduce((sum, { answerTokens }) => sum + answerTokens, 0);
  return {
    calls: calls.length,
    list: listTokens,
    answers,
    arguments: calls.reduce((sum, { argumentTokens }) => sum + argumentTokens, 0),
    total: listTokens + answers,
  };
};
