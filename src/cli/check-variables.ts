/** Finds variables that are probably meant for this program but misspelt, and would be ignored. */
import leven from 'leven';
import { notifySecretVariable } from '../notify/secret-variable.ts';
import { isSafetyOption, variableOf } from './option.ts';
import { type OptionName, optionNames, options } from './options.ts';

export interface VariableFindings {
  /** A safety option was probably meant, so the program must not start. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Variables that this program reads and that are no options: those of the vendors, and a secret. */
const otherVariables = [
  notifySecretVariable,
  'TENCENTCLOUD_SECRET_ID',
  'TENCENTCLOUD_SECRET_KEY',
  'TENCENTCLOUD_SESSION_TOKEN',
  'TENCENTCLOUD_TOKEN',
  'TENCENTCLOUD_SECURITY_TOKEN',
  'TENCENTCLOUD_REGION',
  'TENCENTCLOUD_ROLE_ARN',
  'TENCENTCLOUD_ROLE_SESSION_NAME',
  'TCCLI_PROFILE',
  'AZURE_BATCH_ENDPOINT',
  'AZURE_BATCH_ACCOUNT',
  'AZURE_BATCH_ACCESS_KEY',
  'AZURE_BATCH_API_VERSION',
];

/** @param names the variables that are set */
export const checkVariables = (names: readonly string[]): VariableFindings => {
  const own = new Map<string, OptionName>(optionNames.map((name) => [variableOf(name), name]));
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    if (own.has(name) || otherVariables.includes(name)) continue;
    if (/^batch[-_ ]?mcp[-_ ]/i.test(name)) {
      const near = nearestOption(name);
      const hint = near === undefined ? '' : ` Did you mean ${variableOf(near)}?`;
      const isError = near !== undefined && isSafetyOption(options[near]);
      const message = `There is no variable ${name}${isError ? '' : ', so it is ignored'}.${hint}`;
      (isError ? errors : warnings).push(message);
    } else {
      const near = nearestVendorVariable(name, names);
      if (near !== undefined) {
        warnings.push(`The variable ${name} is ignored. Did you mean ${near}?`);
      }
    }
  }
  return { errors, warnings };
};

const lettersOf = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '');

/** The option whose variable is most similar; for a longer name such as BATCH_MCP_CONFIRMATION, the one it begins with. */
const nearestOption = (variable: string): OptionName | undefined => {
  const word = lettersOf(variable).replace(/^BATCHMCP/, '');
  const candidates = optionNames
    .map((name) => ({ name, letters: lettersOf(name), distance: leven(word, lettersOf(name)) }))
    // Swapped letters keep the length.
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        Math.abs(a.letters.length - word.length) - Math.abs(b.letters.length - word.length),
    );
  const [near] = candidates;
  if (near !== undefined && near.distance <= Math.max(2, Math.floor(word.length / 3))) return near.name;
  const firstWord =
    /^(?:MAX|MIN|READ|WRITE|CONFIRM|ALLOW|SHOW|SANDBOX|TOOL|LIMIT|AUDIT|DOCKER|SAFE|ASK)/.exec(word)?.[0];
  return candidates.find(
    ({ letters }) =>
      (letters.length > 3 && word.startsWith(letters)) ||
      (firstWord !== undefined && letters.startsWith(firstWord)),
  )?.name;
};

/** Only a slip of one or two letters: vendors have many variables that this program does not read. */
const nearestVendorVariable = (name: string, names: readonly string[]): string | undefined => {
  if (!/^(?:TENC|TCCLI|AZURE_?BATCH)/i.test(name)) return undefined;
  return otherVariables.find(
    (known) => !names.includes(known) && leven(lettersOf(name), lettersOf(known)) <= 2,
  );
};
