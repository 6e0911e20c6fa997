/** The snippets and flags of the README are valid. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/cli/config.ts';
import { root } from './paths.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** One entry for each client: its name is in the summary of a details block that contains the code. */
const snippets = [
  ...readme.matchAll(
    /<summary>([^<]+)<\/summary>(?:(?!<\/details>)[\s\S])*?```(sh|json|toml)\n([\s\S]*?)```/g,
  ),
]
  .filter(([, , , code = '']) => code.includes('/path/to/batch-mcp'))
  .flatMap(([, clients = '', language = '', code = '']) =>
    clients.split(', ').map((client) => ({ client, language, code })),
  );

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const entriesOf = ({
  language,
  code,
}: {
  language: string;
  code: string;
}): Readonly<Record<string, Entry>> => {
  if (language === 'sh') {
    const lines = code
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    return Object.fromEntries(
      lines.map((words) => {
        const at = words.indexOf('--');
        return [words[at - 1], { command: words[at + 1] ?? '', args: words.slice(at + 2) }];
      }),
    );
  }
  // The object of servers has another name in each client's format.
  const parsed = (language === 'toml' ? parseToml(code) : JSON.parse(code)) as Record<
    string,
    Record<string, Entry>
  >;
  return parsed.mcpServers ?? parsed.servers ?? parsed.mcp_servers ?? {};
};

test('the README has a configuration snippet for each of six clients', () => {
  expect(snippets.map(({ client }) => client)).toEqual([
    'Claude Code',
    'Claude Desktop',
    'Cursor',
    'Gemini CLI',
    'VS Code',
    'Codex',
  ]);
});

test.each(snippets)(
  'the README snippet for $client configures a server for the local engine and one for the cloud',
  (snippet) => {
    const entries = entriesOf(snippet);
    expect(Object.keys(entries)).toEqual(['batch-local', 'batch']);
    const [local, cloud] = Object.values(entries).map(({ command, args }) => {
      expect([command, args[0]]).toEqual(['node', '/path/to/batch-mcp/dist/batch-mcp.js']);
      return loadConfig(args.slice(1), {});
    });
    expect([local?.command, local?.local, cloud?.command, cloud?.local, cloud?.region]).toEqual([
      'serve',
      true,
      'serve',
      false,
      'ap-guangzhou',
    ]);
  },
);

test('every flag and npm script named in the README exists', () => {
  const known = new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts));
  const flags = [...readme.matchAll(/`--([a-z-]+)/g)].map(([, flag]) => flag ?? '');
  expect(flags.length).toBeGreaterThan(5);
  for (const flag of flags) {
    expect(() => loadConfig([`--${flag}`], {}), flag).not.toThrow(/There is no option/);
  }
  for (const [, script = ''] of readme.matchAll(/npm run ([a-z:]+)/g))
    expect(known, script).toContain(script);
});
