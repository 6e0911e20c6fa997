/** What one option of the program is, and how its names and its type follow from its row in the table. */

interface OptionFacts {
  /** One sentence, shown in `--help` and in the README. */
  readonly help: string;
  readonly group: 'where' | 'safety' | 'tools' | 'engine' | 'azure' | 'program';
  /** Other people's names for the same thing, read after our own variable. */
  readonly env?: readonly string[];
}
interface Switch extends OptionFacts {
  readonly kind: 'switch';
}
interface Text extends OptionFacts {
  readonly kind: 'text';
  readonly value: string;
  readonly default?: string;
}
interface List extends OptionFacts {
  readonly kind: 'list';
  readonly value: string;
}
interface Numeric extends OptionFacts {
  readonly kind: 'number';
  readonly value: string;
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}
interface Choice extends OptionFacts {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
}
export type Option = Switch | Text | List | Numeric | Choice;

/** The type of the value, from the row. */
export type ValueOf<O extends Option> = O extends { kind: 'switch' }
  ? boolean
  : O extends { kind: 'list' }
    ? readonly string[]
    : O extends { kind: 'number' }
      ? number
      : O extends { kind: 'choice' }
        ? O['choices'][number]
        : string;

/** `dataDir` → `data-dir`. */
export const flagOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
/** `dataDir` → `BATCH_MCP_DATA_DIR`. */
export const variableOf = (name: string): string =>
  `BATCH_MCP_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
