/** What one command-line option is. Its flag, its variable and the type of its value are derived from its entry in the table. */

interface OptionBase {
  /** One sentence, shown in `--help` and in the README. */
  readonly help: string;
  readonly group:
    | 'where'
    | 'safety'
    | 'tools'
    | 'files'
    | 'engine'
    | 'azure'
    | 'notices'
    | 'program'
    | 'init'
    | 'report';
  /** Variables of other programs with the same meaning, read after our own. */
  readonly env?: readonly string[];
  /** Whether it restricts what calls may do, outside the group `safety`: an invalid value then stops the program. */
  readonly isSafety?: true;
}
interface BooleanOption extends OptionBase {
  readonly kind: 'boolean';
}
interface StringOption extends OptionBase {
  readonly kind: 'string';
  readonly value: string;
  /**
   * `path`: a file or directory, with `~` expanded. `region`: one of the catalogue's regions. `notify`: a program, a JSON
   * list of a program and its arguments, or the address of a webhook.
   */
  readonly format?: 'path' | 'region' | 'notify';
  readonly default?: string;
}
/** Values separated by commas. */
interface ListOption extends OptionBase {
  readonly kind: 'list';
  readonly value: string;
  readonly item: {
    readonly pattern: RegExp;
    /** For messages: "it must be EXAMPLE". */
    readonly example: string;
  };
}
interface NumberOption extends OptionBase {
  readonly kind: 'number';
  readonly value: string;
  readonly min: number;
  readonly max: number;
  /** Whether it counts something, so that it has no fraction. */
  readonly isCount?: true;
  readonly default?: number;
}
interface ChoiceOption extends OptionBase {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  /** Former spellings that are still accepted, each with the choice it means. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly default?: string;
}
export type Option = BooleanOption | StringOption | ListOption | NumberOption | ChoiceOption;

/** The type of an option's value. */
export type ValueOf<O extends Option> = O extends { kind: 'boolean' }
  ? boolean
  : O extends { kind: 'list' }
    ? readonly string[]
    : O extends { kind: 'number' }
      ? number
      : O extends { kind: 'choice' }
        ? O['choices'][number]
        : string;

/** Whether an invalid value or a misspelt variable of this option must stop the program. */
export const isSafetyOption = (option: Option): boolean =>
  option.group === 'safety' || option.isSafety === true;

/** `dataDir` → `data-dir`. */
export const flagOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
/** `dataDir` → `BATCH_MCP_DATA_DIR`. */
export const variableOf = (name: string): string =>
  `BATCH_MCP_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
