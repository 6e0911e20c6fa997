/** Changes of TOML configurations: whatever the file contains, only the one table is different afterwards. */
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { planToml } from '../../../src/cli/init/edit-toml.ts';
import { applyTextEdits } from '../../../src/cli/init/text-edit.ts';

const entry = { command: '/usr/bin/node', args: ['/opt/batch-mcp/dist/batch-mcp.js', '--local'] };
const plan = (text: string) => planToml(text, 'mcp_servers', 'batch-local', entry);
const changed = (text: string): string => {
  const planned = plan(text);
  if (planned.kind !== 'change') throw new Error(JSON.stringify(planned));
  return applyTextEdits(text, planned.edits);
};
const table = `[mcp_servers.batch-local]
command = "/usr/bin/node"
args = ["/opt/batch-mcp/dist/batch-mcp.js", "--local"]
`;

test.each([
  ['an empty file', '', table],
  [
    'a file with comments and other servers',
    '# mine\n[mcp_servers.a]\ncommand = "x" # y\n',
    `# mine\n[mcp_servers.a]\ncommand = "x" # y\n\n${table}`,
  ],
  ['a file without a line end', 'model = "m"', `model = "m"\n\n${table}`],
  ['a file of Windows', 'a = 1\r\n', `a = 1\r\n\r\n${table.replaceAll('\n', '\r\n')}`],
])('the table is appended to %s', (_, before, after) => {
  expect(changed(before)).toBe(after);
});

describe('a table of this program', () => {
  const old = `a = '''
[mcp_servers.batch-local]
'''
  [ mcp_servers . "batch-local" ] # mine
  args = [
    "/old/batch-mcp/dist/batch-mcp.js", '--local',
  ] # two
  command = 'node' # from PATH
  startup_timeout_sec = 20
  [mcp_servers.batch-local.env]
  TOKEN = "t"
[other]
command = "other"
`;

  test('is refused where its header also occurs in a text', () => {
    expect(plan(old)).toMatchObject({ kind: 'refused' });
  });

  test('is updated, and its other members and comments stay', () => {
    expect(changed(old.slice(old.indexOf('  [ mcp')))).toBe(`  [ mcp_servers . "batch-local" ] # mine
  args = ["/opt/batch-mcp/dist/batch-mcp.js", "--local"] # two
  command = "/usr/bin/node" # from PATH
  startup_timeout_sec = 20
  [mcp_servers.batch-local.env]
  TOKEN = "t"
[other]
command = "other"
`);
  });

  test('that is the same already changes nothing', () => {
    expect(plan(table)).toEqual({ kind: 'same' });
  });

  test.each([
    [
      'as an inline table',
      'mcp_servers = { batch-local = { command = "node", args = ["/o/batch-mcp.js"] } }',
    ],
    [
      'by dotted keys',
      'mcp_servers.batch-local.command = "node"\nmcp_servers.batch-local.args = ["/o/batch-mcp.js"]',
    ],
    [
      'with a comment in the list',
      '[mcp_servers.batch-local]\ncommand = "node"\nargs = [\n"/o/batch-mcp.js", # here\n]',
    ],
  ])('%s is refused', (_, text) => {
    expect(plan(text)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('cannot be changed safely'),
    });
  });
});

test.each([
  ['broken TOML', '[mcp_servers.a\nTOKEN = "t0ken"', /not valid TOML: /],
  ['a table twice', '[a]\n[a]\n', /not valid TOML: /],
  ['servers that are a list', 'mcp_servers = []', /mcp_servers is not a table/],
  ['servers that are a list of tables', '[[mcp_servers]]\na = 1', /mcp_servers is not a table/],
  ['an inline table of servers', 'mcp_servers = { a = { command = "x" } }', /cannot be changed safely/],
  ['another server of the name', '[mcp_servers.batch-local]\ncommand = "x"', /another server/],
  ['a text that is not closed', 'a = """\n', /not valid TOML: /],
])('a file with %s is refused, with a reason that shows nothing of the file', (_, text, reason) => {
  const planned = plan(text);
  expect(planned.kind === 'refused' && planned.reason).toMatch(reason);
  expect(JSON.stringify(planned)).not.toContain('t0ken');
});

const line = fc.constantFrom(
  '# comment',
  '',
  'a = 1',
  'b = "# no comment [x]"',
  "c = 'it''s'",
  'd = """\n[mcp_servers.batch-local]\n"""',
  "e = '''\n# text\n'''",
  'f = [ 1, # one\n 2,\n]',
  '[mcp_servers.other]',
  'command = "x" # y',
  'args = ["-y"]',
  '[mcp_servers.other.env]',
  'TOKEN = "t"',
  '[profiles."a.b"]',
  '[[hooks]]',
  'when = 2026-11-26T10:00:00Z',
  'mcp_servers = { a = { command = "x" } }',
  'mcp_servers.dotted.command = "x"',
  '[mcp_servers]',
  'broken',
);

test('over any configuration the text stays in front of the new table, or nothing is changed', () => {
  let changes = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (lines, eol) => {
      const text = lines.join('\n').replaceAll('\n', eol);
      const planned = plan(text);
      if (planned.kind === 'refused') return;
      const after = changed(text);
      changes += 1;
      expect(after.startsWith(text)).toBe(true);
      const [before, now] = [parse(text), JSON.parse(JSON.stringify(parse(after)))];
      expect(now.mcp_servers['batch-local']).toEqual(entry);
      delete now.mcp_servers['batch-local'];
      expect(now).toEqual(JSON.parse(JSON.stringify({ ...before, mcp_servers: before.mcp_servers ?? {} })));
    }),
    { numRuns: 1_000 },
  );
  expect(changes).toBeGreaterThan(100);
});
