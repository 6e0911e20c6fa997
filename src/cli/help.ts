/** The text of `--help` and the README's table of options. */
import { commandNames, commands } from './command-table.ts';
import { flagOf, type Option, variableOf } from './option.ts';
import { optionNames, options } from './options.ts';

const groupTitles: Readonly<Record<Option['group'], string>> = {
  where: 'Where calls go',
  safety: 'Safety',
  tools: 'Tools',
  files: 'Files and object storage',
  engine: 'Local engine',
  notices: 'Notices',
  azure: 'Azure Batch',
  program: 'Program',
  init: 'Setting up a client (batch-mcp init)',
  report: 'Reports',
};

const valueTextOf = (option: Option): string =>
  option.kind === 'boolean' ? '' : option.kind === 'choice' ? option.choices.join('|') : option.value;
const defaultTextOf = (option: Option): string =>
  'default' in option && option.default !== undefined ? String(option.default) : '';
const optionsOf = (group: Option['group']) =>
  optionNames
    .filter((name) => options[name].group === group)
    .map((name) => ({ name, option: options[name] as Option }));
const groups = Object.keys(groupTitles) as readonly Option['group'][];

/** The text of `--help`. */
export const helpText = (): string => {
  const lines = ['batch-mcp: batch computing for AI assistants, over MCP', '', 'Commands'];
  for (const name of commandNames) lines.push(`  ${commands[name].usage}`, `      ${commands[name].summary}`);
  for (const group of groups) {
    lines.push('', groupTitles[group]);
    for (const { name, option } of optionsOf(group)) {
      const value = valueTextOf(option);
      const defaultText = defaultTextOf(option);
      lines.push(
        `  --${flagOf(name)}${value ? ` ${value}` : ''}`,
        `      ${option.help}${defaultText ? ` Default: ${defaultText}.` : ''}`,
      );
    }
  }
  lines.push(
    '',
    'Each option can also be set by an environment variable: --data-dir by BATCH_MCP_DATA_DIR. An empty variable counts as unset.',
    'Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys, TENCENTCLOUD_SESSION_TOKEN.',
    'Azure Batch: AZURE_BATCH_ACCESS_KEY, or a login found by @azure/identity.',
    '  --help, --version',
  );
  return `${lines.join('\n')}\n`;
};

/** The table of options for the README, as Markdown. */
export const optionsTable = (): string => {
  const rows = ['| Option | Variable | Default | Meaning |', '| --- | --- | --- | --- |'];
  for (const group of groups) {
    for (const { name, option } of optionsOf(group)) {
      const value = valueTextOf(option).replaceAll('|', '\\|');
      const variables = [variableOf(name), ...(option.env ?? [])].map((text) => `\`${text}\``).join(', ');
      rows.push(
        `| \`--${flagOf(name)}${value ? ` ${value}` : ''}\` | ${variables} | ${defaultTextOf(option)} | ${option.help} |`,
      );
    }
  }
  return rows.join('\n');
};
