/**
 * Writes the generated files: docs/reference.md, the tables in README.md, and the manifests for agent hosts.
 * With `--check` it writes nothing, prints the stale files and exits with 1 if there are any.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fullReference, replaceSection, toolTable } from '../src/catalogue/markdown.ts';
import { optionsTable } from '../src/cli/help.ts';
import type { ListableTool } from '../src/mcp/contract/tool.ts';
import { everyTool } from '../src/mcp/registry/tools.ts';
import { installLinks, packageFiles } from './package-files.ts';

const root = join(import.meta.dirname, '..');

const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return '';
  }
};

const effects: Readonly<Record<ListableTool['effect'], string>> = {
  read: 'read-only',
  create: 'creates',
  change: 'modifies',
  destroy: 'destructive, requires confirmation',
};

/** The tools that are not single actions; Azure's are in a document of their own. */
const workflowTable = (): string =>
  [
    '| Tool | What it does | Effect |',
    '| --- | --- | --- |',
    ...everyTool()
      .filter(({ group }) => group === 'workflow' || group === 'file')
      .map(({ name, description, effect }) => {
        const [sentence = ''] = description.split(/(?<=\.) /);
        return `| \`${name}\` | ${sentence} | ${effects[effect]} |`;
      }),
  ].join('\n');

/** File → its current contents. */
const generated: Readonly<Record<string, string>> = {
  'docs/reference.md': fullReference(),
  'docs/hosts.md': replaceSection(readOrEmpty('docs/hosts.md'), 'install-links', installLinks()),
  ...packageFiles(),
  'README.md': [
    ['workflows', workflowTable()] as const,
    ['tools', toolTable()] as const,
    ['options', optionsTable()] as const,
  ].reduce((text, [name, table]) => replaceSection(text, name, table), readOrEmpty('README.md')),
};

const stale = Object.entries(generated).filter(([file, content]) => readOrEmpty(file) !== content);
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is stale: run "npm run docs".`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, content] of stale) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
    console.error(`${file} written.`);
  }
}
