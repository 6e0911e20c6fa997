/** Changes of JSON configurations: whatever the file contains, only the one entry is different afterwards. */
import fc from 'fast-check';
import { parse, visit } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { planJsonc } from '../../../src/cli/init/edit-jsonc.ts';
import { applyTextEdits, differenceOf } from '../../../src/cli/init/text-edit.ts';

type Fields = Readonly<Record<string, unknown>>;
const entry = { command: '/usr/bin/node', args: ['/opt/batch-mcp/dist/batch-mcp.js', '--local'] };
const plan = (text: string, of: Fields = entry) => planJsonc(text, 'mcpServers', 'batch-local', of);
const changed = (text: string, of: Fields = entry): string => {
  const planned = plan(text, of);
  if (planned.kind !== 'change') throw new Error(JSON.stringify(planned));
  return applyTextEdits(text, planned.edits);
};
const commentsOf = (text: string): readonly string[] => {
  const comments: string[] = [];
  visit(text, { onComment: (offset, length) => comments.push(text.slice(offset, offset + length)) });
  return comments;
};

describe('an entry is added', () => {
  test('to a file with comments, other servers and a trailing comma', () => {
    const text = `{
  // The theme.
  "theme": "dark", /* yes */
  "mcpServers": {
    "other": { "command": "x", "env": { "TOKEN": "t" } }, // mine
  },
}
`;
    expect(changed(text)).toBe(`{
  // The theme.
  "theme": "dark", /* yes */
  "mcpServers": {
    "other": { "command": "x", "env": { "TOKEN": "t" } }, // mine
    "batch-local": {
      "command": "/usr/bin/node",
      "args": [
        "/opt/batch-mcp/dist/batch-mcp.js",
        "--local"
      ]
    },
  },
}
`);
  });

  test('to a file without servers, with its indentation and line ends', () => {
    expect(changed('{\r\n\t"a": 1 // one\r\n}\r\n')).toBe(
      '{\r\n\t"a": 1, // one\r\n\t"mcpServers": {\r\n\t\t"batch-local": {\r\n\t\t\t"command": "/usr/bin/node",\r\n\t\t\t"args": [\r\n\t\t\t\t"/opt/batch-mcp/dist/batch-mcp.js",\r\n\t\t\t\t"--local"\r\n\t\t\t]\r\n\t\t}\r\n\t}\r\n}\r\n',
    );
  });

  test.each(['', '  \n', '{}', '{ }', '{\n}', '{ /* none */ }', '{\n  // none\n}\n', '\ufeff{"a":[1,2]}'])(
    'to %j',
    (text) => {
      const after = changed(text).replace('\ufeff', '');
      const before = parse(text.replace('\ufeff', '')) ?? {};
      expect(parse(after)).toEqual({ ...before, mcpServers: { 'batch-local': entry } });
      expect(commentsOf(after)).toEqual(commentsOf(text));
    },
  );

  test('to a file on one line, of which no other character changes', () => {
    expect(changed('{"numStartups":12,"mcpServers":{"a":{"command":"x"}},"key":"k"}')).toBe(
      '{"numStartups":12,"mcpServers":{"a":{"command":"x"}, "batch-local": {"command":"/usr/bin/node","args":["/opt/batch-mcp/dist/batch-mcp.js","--local"]}},"key":"k"}',
    );
  });
});

describe('an entry of this program', () => {
  const text = `{ "mcpServers": { "batch-local": {
    "command": "node", // from PATH
    "args": ["/old/batch-mcp/dist/batch-mcp.js", "--local"],
    "env": { "TOKEN": "t" }, "trust": true } } }`;

  test('is updated, and its other members and comments stay', () => {
    const after = changed(text);
    expect(parse(after).mcpServers['batch-local']).toEqual({ ...entry, env: { TOKEN: 't' }, trust: true });
    expect(commentsOf(after)).toEqual(['// from PATH']);
  });

  test('that is the same already changes nothing', () => {
    expect(plan(changed(text))).toEqual({ kind: 'same' });
  });

  test('with a comment inside what would be replaced is refused', () => {
    const commented = text.replace('"--local"', '/* engine */ "--local"');
    expect(plan(commented)).toMatchObject({ kind: 'refused' });
  });
});

test.each([
  ['broken JSON', '{ "mcpServers": { "a": { }', /not valid JSON: CloseBraceExpected in line 1/],
  ['text that is not JSON', 'hello', /not valid JSON/],
  ['merge conflict marks', '{\n<<<<<<< HEAD\n"a": 1\n=======\n}\n', /not valid JSON: \w+ in line 2/],
  ['two values', '{} {}', /not valid JSON/],
  ['a list', '[]', /not an object/],
  ['servers that are a list', '{ "mcpServers": [] }', /mcpServers is not an object/],
  ['servers that are null', '{ "mcpServers": null }', /mcpServers is not an object/],
  ['servers twice', '{ "mcpServers": {}, "mcpServers": {} }', /the member mcpServers twice/],
  ['the server twice', '{ "mcpServers": { "batch-local": {}, "batch-local": {} } }', /batch-local twice/],
  ['another server of the name', '{ "mcpServers": { "batch-local": { "command": "x" } } }', /another server/],
  ['a string as the server', '{ "mcpServers": { "batch-local": "x" } }', /another server/],
])('a file with %s is refused, with the reason', (_, text, reason) => {
  const planned = plan(text);
  expect(planned.kind === 'refused' && planned.reason).toMatch(reason);
});

test('the difference shows what is added and removed, and no other line', () => {
  const text = '{\n  "mcpServers": {\n    "a": { "env": { "TOKEN": "t0ken" } }\n  }\n}\n';
  const planned = plan(text);
  const lines = planned.kind === 'change' ? differenceOf(text, planned.edits) : [];
  expect(lines.join('\n')).not.toContain('t0ken');
  expect(lines).toContain('+     "batch-local": {');
  expect(lines.filter((line) => line.startsWith('-'))).toEqual([]);
});

/** JSON with comments, line ends and spacing of any kind. */
const key = fc.oneof(fc.constantFrom('mcpServers', 'batch-local', 'a', '', '__proto__', 'ключ'), fc.string());
const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant('// no comment'),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const space = fc.array(
  fc.constantFrom(' ', '\t', '\n', '\r\n', '// line\n', '/* block */', '/* two\nlines */'),
  { maxLength: 3 },
);
const document = fc
  .record({
    settings: fc.dictionary(key, value, { maxKeys: 4 }),
    servers: fc.option(fc.dictionary(key, value, { maxKeys: 4 }), { nil: undefined }),
    spaces: fc.array(space, { minLength: 1, maxLength: 20 }),
    commas: fc.boolean(),
  })
  .map(({ settings, servers, spaces, commas }) => {
    let next = 0;
    const gap = (): string => (spaces[next++ % spaces.length] ?? []).join('');
    const write = (one: unknown): string => {
      if (Array.isArray(one)) return `[${gap()}${one.map(write).join(`${gap()},${gap()}`)}${gap()}]`;
      if (typeof one !== 'object' || one === null) return JSON.stringify(one);
      const members = Object.entries(one).map(
        ([name, member]) => `${JSON.stringify(name)}${gap()}:${gap()}${write(member)}`,
      );
      return `{${gap()}${members.join(`${gap()},${gap()}`)}${commas && members.length > 0 ? ',' : ''}${gap()}}`;
    };
    const { mcpServers: _, ...others } = settings;
    return `${gap()}${write({ ...others, ...(servers && { mcpServers: servers }) })}${gap()}`;
  });

/** Whether the characters of `part` occur in `whole` in their order. */
const isSubsequence = (part: string, whole: string): boolean => {
  let at = 0;
  for (const character of whole) if (character === part[at]) at += 1;
  return at === part.length;
};

test('over any configuration every character but white space stays, or nothing is changed', () => {
  let changes = 0;
  fc.assert(
    fc.property(document, (text) => {
      const planned = plan(text);
      if (planned.kind === 'refused') {
        // Never because of an insertion that did not succeed.
        const isSpecial = text.includes('"__proto__"');
        expect(planned.reason).toMatch(isSpecial ? /./ : /another server|is not an object/);
        return;
      }
      expect(planned.kind).toBe('change');
      const after = changed(text);
      changes += 1;
      expect(isSubsequence(text.replace(/\s/g, ''), after.replace(/\s/g, ''))).toBe(true);
      expect(commentsOf(after)).toEqual(commentsOf(text));
      const [before, now] = [parse(text), parse(after)];
      expect(now.mcpServers['batch-local']).toEqual(entry);
      delete now.mcpServers['batch-local'];
      expect(JSON.stringify(now)).toBe(JSON.stringify({ ...before, mcpServers: before.mcpServers ?? {} }));
    }),
    { numRuns: 500 },
  );
  expect(changes).toBeGreaterThan(250);
});
