/** `batch-mcp init` over real files: nothing of the user's is lost, and nothing is written that must not be. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseJsonc } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/cli/config.ts';
import { clientNames, clients } from '../../../src/cli/init/clients.ts';
import { registryUse } from '../../package/registry-use.ts';
import { program } from '../../paths.ts';
import { createHome, nowhere, secretKey } from './init-run.ts';

let home: ReturnType<typeof createHome>;
beforeEach(() => {
  home = createHome();
});
afterEach(() => home.remove());

const isRoot = process.getuid?.() === 0;
const fileOf = (name: (typeof clientNames)[number]): string =>
  clients[name].fileOf({ platform: process.platform, home: home.home, environment: {} });
const write = (file: string, text: string | Buffer, mode = 0o644): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
};
const backups = (file: string): readonly string[] =>
  home.names(dirname(file).slice(home.home.length)).filter((name) => name.endsWith('.backup'));

/** A configuration of the user in the client's format, with comments and another server that has a key. */
const existing = (name: (typeof clientNames)[number]): string => {
  const { format, key } = clients[name];
  return format === 'toml'
    ? `# mine\nmodel = "m" # fast\n\n[${key}.other]\ncommand = "x"\nenv = { TOKEN = "t0ken" }\n`
    : `{\n  // mine\n  "theme": "dark",\n  "${key}": {\n    "other": { "command": "x", "env": { "TOKEN": "t0ken" } } // last\n  }\n}\n`;
};
const parsed = (name: (typeof clientNames)[number], text: string) =>
  (clients[name].format === 'toml' ? parseToml(text) : parseJsonc(text)) as Record<
    string,
    Record<string, unknown>
  >;

describe.each(clientNames)('init --client %s', (name) => {
  test('adds the server, starts it with options that exist, and keeps everything else', async () => {
    const file = write(fileOf(name), existing(name), 0o640);
    const { code, out, err } = await home.run(['--client', name, '--yes', '--read-only', ...nowhere]);
    // The checks at the end fail: nothing answers there.
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^failed +endpoint/m);
    const text = readFileSync(file, 'utf8');
    const { [clients[name].key]: servers, ...others } = parsed(name, text);
    const { [clients[name].key]: before, ...rest } = parsed(name, existing(name));
    expect(others).toEqual(rest);
    expect({ ...servers, batch: undefined }).toEqual({ ...before, batch: undefined });
    for (const line of existing(name).split('\n')) expect(text).toContain(line.replace(' // last', ''));
    const added = servers?.batch as { command: string | string[]; args?: string[] };
    const words = [added.command, added.args ?? []].flat();
    expect(words.slice(0, 2)).toEqual([process.execPath, realpathSync(program)]);
    const config = loadConfig(words.slice(2), {});
    expect([config.command, config.local, config.readOnly, config.endpoint]).toEqual([
      'serve',
      false,
      true,
      nowhere[2],
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const [backup = '', ...more] = backups(file);
    expect(more).toEqual([]);
    expect(readFileSync(join(dirname(file), backup), 'utf8')).toBe(existing(name));
    expect(statSync(join(dirname(file), backup)).mode & 0o777).toBe(0o640);
  });

  test('writes no key, names no registry package, and shows nothing of other servers', async () => {
    const file = write(fileOf(name), existing(name));
    const { out, err } = await home.run(['--client', name, '--yes', ...nowhere]);
    const added = readFileSync(file, 'utf8');
    for (const text of [out, err, added]) {
      expect(text).not.toContain(secretKey);
      expect(registryUse.filter((pattern) => pattern.test(text))).toEqual([]);
    }
    expect(out).not.toContain('t0ken');
  });

  test('creates a file that only the user can read, and changes nothing the second time', async () => {
    await home.run(['--client', name, '--yes', ...nowhere]);
    const file = fileOf(name);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const { out } = await home.run(['--client', name, '--yes', ...nowhere]);
    expect(out).toContain('The server batch is configured already.');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(backups(file)).toEqual([]);
  });

  test.each([
    ['broken text', '{ "a": [ = \n'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ])('does not touch a file with %s', async (_, content) => {
    const file = write(fileOf(name), content);
    const { code, err } = await home.run(['--client', name, '--yes', ...nowhere]);
    expect([code, err]).toEqual([
      undefined,
      expect.stringMatching(/is not changed: it is not .*Nothing was written\.$/),
    ]);
    expect(readFileSync(file)).toEqual(Buffer.from(content));
    expect(backups(file)).toEqual([]);
  });
});

describe('without a terminal', () => {
  test.each([
    [[], /needs --client: claude-code, claude-desktop, codex, gemini, cursor, vscode, opencode\.$/],
    [['--client', 'codex'], /needs --local or --cloud\.$/],
    [['--client', 'codex', '--local', '--cloud'], /exclude each other/],
  ])('init with the arguments %j says what is missing', async (args, message) => {
    const { code, err } = await home.run(args);
    expect([code, err]).toEqual([undefined, expect.stringMatching(message)]);
  });

  test('nothing is written without --yes, and the difference is shown', async () => {
    const file = write(fileOf('codex'), existing('codex'));
    const { code, out } = await home.run(['--client', 'codex', ...nowhere]);
    expect(code).toBe(1);
    expect(out).toContain('+ [mcp_servers.batch]');
    expect(out).toContain('Repeat the command with --yes to write it.');
    expect(readFileSync(file, 'utf8')).toBe(existing('codex'));
  });
});

describe('on a terminal', () => {
  test('init asks for the client, local or cloud, and the consent, and ignores what it does not understand', async () => {
    const file = write(fileOf('codex'), existing('codex'));
    const { err } = await home.run(['--endpoint', 'http://127.0.0.1:1'], ['9', 'codex', '2', 'yes']);
    expect(err).toContain('Codex (found on this machine)');
    expect(err).toContain('Type a number from 1 to 7.');
    expect(parsed('codex', readFileSync(file, 'utf8')).mcp_servers).toHaveProperty('batch');
  });

  test.each([[['codex', '2', 'n']], [['codex', '2', '']]])(
    'the answers %j write nothing',
    async (answers) => {
      const file = write(fileOf('codex'), existing('codex'));
      const { code, out } = await home.run([], answers);
      expect([code, out]).toEqual([1, expect.stringContaining('Nothing was written.')]);
      expect(readFileSync(file, 'utf8')).toBe(existing('codex'));
    },
  );

  test('the end of the input writes nothing', async () => {
    const file = write(fileOf('codex'), existing('codex'));
    const { code, err } = await home.run([], ['codex', '2']);
    expect([code, err]).toEqual([undefined, expect.stringContaining('No answer. Nothing was written.')]);
    expect(readFileSync(file, 'utf8')).toBe(existing('codex'));
  });
});

describe('a configuration that is', () => {
  const run = () => home.run(['--client', 'codex', '--yes', ...nowhere]);

  test('a link is changed where it leads, and stays a link', async () => {
    const target = write(join(home.home, 'dotfiles', 'config.toml'), existing('codex'));
    mkdirSync(dirname(fileOf('codex')), { recursive: true });
    symlinkSync(target, fileOf('codex'));
    const { out } = await run();
    expect(out).toContain(`(a link to ${realpathSync(target)})`);
    expect(lstatSync(fileOf('codex')).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toContain('[mcp_servers.batch]');
    expect(backups(target)).toHaveLength(1);
  });

  test.each([
    [
      'a link that leads to no file',
      (file: string) => symlinkSync(join(home.home, 'gone'), file),
      /leads to no file/,
    ],
    ['a link to itself', (file: string) => symlinkSync(file, file), /leads to no file/],
    ['a directory', (file: string) => mkdirSync(file), /not a regular file/],
    ['a named pipe', (file: string) => execFileSync('mkfifo', [file]), /not a regular file/],
    [
      'one of several hard links',
      (file: string) => linkSync(write(join(home.home, 'other'), existing('codex')), file),
      /hard links/,
    ],
  ])('%s is not touched', async (_, create, message) => {
    mkdirSync(dirname(fileOf('codex')), { recursive: true });
    create(fileOf('codex'));
    const { code, err } = await run();
    expect([code, err]).toEqual([undefined, expect.stringMatching(message)]);
    expect(home.names('.codex')).toEqual(['config.toml']);
  });

  test.runIf(isRoot)('a file of another user is not touched', async () => {
    const file = write(fileOf('codex'), existing('codex'));
    chownSync(file, 65_534, 65_534);
    expect((await run()).err).toMatch(/belongs to another user/);
    expect(readFileSync(file, 'utf8')).toBe(existing('codex'));
  });

  test('in a directory that is a file is reported, and nothing is written', async () => {
    write(join(home.home, '.codex'), 'a file');
    expect((await run()).err).toMatch(/config\.toml cannot be written/);
    expect(readFileSync(join(home.home, '.codex'), 'utf8')).toBe('a file');
  });

  test('an entry of an older installation is updated, and its members stay', async () => {
    write(
      fileOf('gemini'),
      '{ "mcpServers": { "batch": { "command": "node", "args": ["/old/dist/batch-mcp.js"], "trust": true } } }',
    );
    await home.run(['--client', 'gemini', '--yes', ...nowhere]);
    const { mcpServers } = parsed('gemini', readFileSync(fileOf('gemini'), 'utf8'));
    expect(mcpServers?.batch).toEqual({
      command: process.execPath,
      args: [realpathSync(program), '--endpoint=http://127.0.0.1:1'],
      trust: true,
    });
  });

  test('opencode.jsonc is changed instead of opencode.json where it exists', async () => {
    const file = write(join(home.home, '.config', 'opencode', 'opencode.jsonc'), '{\n  // mine\n}\n');
    await home.run(['--client', 'opencode', '--yes', ...nowhere]);
    expect(readFileSync(file, 'utf8')).toContain('"batch"');
    expect(home.names('.config/opencode')).not.toContain('opencode.json');
  });
});

describe('started from the cache of npx', () => {
  /** Copies the program to where npx installs it. @returns the program and the directory of the cache */
  const cached = (dependency?: string) => {
    const cache = join(home.home, '.npm', '_npx', '0123456789abcdef');
    const dist = join(cache, 'node_modules', 'batch-mcp', 'dist');
    cpSync(program, join(dist, 'batch-mcp.js'));
    if (dependency !== undefined) {
      writeFileSync(
        join(cache, 'package.json'),
        JSON.stringify({ dependencies: { 'batch-mcp': dependency } }),
      );
    }
    return join(dist, 'batch-mcp.js');
  };
  const run = (from: string) => home.run(['--client', 'cursor', '--yes', ...nowhere], undefined, from);

  test.each([
    ['a registry', '^0.2.0'],
    ['a tarball that is gone', 'file:../../../gone.tgz'],
    ['an unknown source', undefined],
  ])('with a package of %s, init refuses and writes nothing', async (_, dependency) => {
    const { code, err } = await run(cached(dependency));
    expect([code, err]).toEqual([
      undefined,
      expect.stringContaining('is in a cache that is deleted at any time'),
    ]);
    expect(home.names('')).not.toContain('.cursor');
  });

  test('with a tarball, init names the tarball', async () => {
    const tarball = write(join(home.home, 'batch-mcp-0.2.0.tgz'), 'a tarball');
    await run(cached('file:../../../batch-mcp-0.2.0.tgz'));
    const { mcpServers } = parsed('cursor', readFileSync(fileOf('cursor'), 'utf8'));
    expect(mcpServers?.batch).toMatchObject({
      args: ['-y', `--package=${realpathSync(tarball)}`, 'batch-mcp', '--endpoint=http://127.0.0.1:1'],
    });
  });
});

test('relative paths of options become absolute, because clients have another working directory', async () => {
  await home.run(['--client', 'cursor', '--yes', '--files-dir', '.', '--tools=-RunScript', ...nowhere]);
  const { mcpServers } = parsed('cursor', readFileSync(fileOf('cursor'), 'utf8'));
  const { args } = (mcpServers?.batch ?? { args: [] }) as { args: string[] };
  expect(args).toContain(`--files-dir=${process.cwd()}`);
  expect(loadConfig(args.slice(1), {}).tools).toEqual(['-RunScript']);
});

test('init --local ends with the checks of the local engine, which it starts', async () => {
  try {
    const { code, out } = await home.run(['--client', 'cursor', '--local', '--sandbox', 'none', '--yes']);
    expect(out).toMatch(/^ok +access/m);
    expect(code).toBe(0);
    const { mcpServers } = parsed('cursor', readFileSync(fileOf('cursor'), 'utf8'));
    expect(mcpServers?.['batch-local']).toMatchObject({
      args: [realpathSync(program), '--local', '--sandbox=none'],
    });
  } finally {
    execFileSync(process.execPath, [program, 'engine', 'stop', '--data-dir', join(home.home, 'data')]);
  }
});
