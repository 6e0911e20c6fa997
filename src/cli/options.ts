/** Every option in one table: the parser, `--help` and the README's section are generated from it. */
import type { Option, ValueOf } from './option.ts';
import { azureOptions } from './options/azure.ts';
import { connectionOptions } from './options/connection.ts';
import { engineOptions } from './options/engine.ts';
import { fileOptions } from './options/files.ts';
import { initOptions } from './options/init.ts';
import { noticeOptions } from './options/notices.ts';
import { programOptions } from './options/program.ts';
import { reportOptions } from './options/report.ts';
import { safetyOptions } from './options/safety.ts';

/** By group, in the order of `--help`. */
export const options = {
  ...connectionOptions,
  ...safetyOptions,
  ...programOptions,
  ...fileOptions,
  ...engineOptions,
  ...noticeOptions,
  ...azureOptions,
  ...initOptions,
  ...reportOptions,
} as const;

export type OptionName = keyof typeof options;
export const optionNames = Object.keys(options) as readonly OptionName[];

type OptionsTable = typeof options;
type IsDefined<O extends Option> = O extends { kind: 'boolean' | 'list' } | { default: unknown }
  ? true
  : false;

/** The values of all options; those with a default are always defined. */
export type OptionValues = {
  readonly [K in OptionName]: IsDefined<OptionsTable[K]> extends true
    ? ValueOf<OptionsTable[K]>
    : ValueOf<OptionsTable[K]> | undefined;
};
