/** Questions to the user on a terminal. */
import { createInterface } from 'node:readline';
import { ConfigError } from '../../shared/errors.ts';
import type { Terminal } from '../commands/command.ts';

export interface Asker {
  /** Asks until one of the answers is given, by its number or its text. @throws ConfigError if the input ends */
  choose<T extends string>(
    question: string,
    answers: readonly { readonly value: T; readonly label: string }[],
  ): Promise<T>;
  /** @returns true only for y or yes */
  confirm(question: string): Promise<boolean>;
  close(): void;
}

export const createAsker = ({ input, printError }: Pick<Terminal, 'input' | 'printError'>): Asker => {
  const lines = createInterface({ input });
  const iterator = lines[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await iterator.next();
    if (line.done === true) throw new ConfigError('No answer. Nothing was written.');
    return line.value.trim().toLowerCase();
  };
  return {
    choose: async (question, answers) => {
      printError(question);
      for (const [index, { label }] of answers.entries()) printError(`  ${index + 1}  ${label}`);
      for (;;) {
        const answer = await next();
        const chosen = answers.find(({ value }, index) => answer === value || answer === String(index + 1));
        if (chosen !== undefined) return chosen.value;
        printError(`Type a number from 1 to ${answers.length}.`);
      }
    },
    confirm: async (question) => {
      printError(`${question} [y/N]`);
      return /^y(?:es)?$/.test(await next());
    },
    close: () => lines.close(),
  };
};
