/** The options and commands as people read them: `--help` and the README's table. */
import { flagOf, type Option, variableOf } from './option.ts';
import { commandNames, commands, optionNames, options } from './options.ts';

const groupTitles: Readonly<Record<Option['group'], string>> = {
  where: 'Where calls go',
  safety: 'Safety',
  tools: 'Tools',
  engine: 'Local engine',
  azure: 'Azure Batch',
  program: 'Program',
};

const valueTextOf = (option: Option): string =>
  option.kind === 'switch' ? '' : option.kind === 'choice' ? option.choices.join('|') : option.value;
const defaultTextOf = (option: Option): string =>
  'default' in option && option.default !== undefined ? String(option.default) : '';
const rowsOf = (group: Option['group']) =>
  optionNames
    .filter((name) => options[name].group === group)
    .map((name) => ({ name, option: options[name] as Option }));
const groups = Object.keys(groupTitles) as readonly Option['group'][];

/** The text of `--help`. */
export const helpText = (): string => {
  const lines = ['batch-mcp: batch computing for assistants, over MCP', '', 'Commands'];
  for (const name of commandNames) lines.push(`  ${commands[name].usage}`, `      ${commands[name].summary}`);
  for (const group of groups) {
    lines.push('', groupTitles[group]);
    for (const { name, option } of rowsOf(group)) {
      const value = valueTextOf(option);
      const preset = defaultTextOf(option);
      lines.push(
        `  --${flagOf(name)}${value ? ` ${value}` : ''}`,
        `      ${option.help}${preset ? ` Default: ${preset}.` : ''}`,
      );
    }
  }
  lines.push(
    '',
    'Each option can also be given as a variable: --data-dir is BATCH_MCP_DATA_DIR. An empty variable counts as unset.',
    'Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys, TENCENTCLOUD_SESSION_TOKEN.',
    'Azure Batch: AZURE_BATCH_ACCESS_KEY, or a login that Azure Identity finds.',
    '  --help, --version',
  );
  return `${lines.join('\n')}\n`;
};

/** The table of options for the README, as Markdown. */
export const optionsTable = (): string => {
  const rows = ['| Option | Variable | Default | Meaning |', '| --- | --- | --- | --- |'];
  for (const group of groups) {
    for (const { name, option } of rowsOf(group)) {
      const value = valueTextOf(option).replaceAll('|', '\\|');
      const variables = [variableOf(name), ...(option.env ?? [])].map((text) => `\`${text}\``).join(', ');
      rows.push(
        `| \`--${flagOf(name)}${value ? ` ${value}` : ''}\` | ${variables} | ${defaultTextOf(option)} | ${option.help} |`,
      );
    }
  }
  return rows.join('\n');
};
