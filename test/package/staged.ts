/** The package as a registry receives it: packed by npm from a fresh build, without chunks of earlier builds. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.ts';

export { root } from '../paths.ts';
export const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
  readonly mcpName: string;
};

export interface Packed {
  /** The tarball. */
  readonly file: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** Paths in the package, sorted. */
  readonly paths: readonly string[];
  /** An empty folder for the test. */
  readonly folder: string;
  remove(): void;
}

export const packPackage = (): Packed => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-package-'));
  const staged = join(folder, 'staged');
  // Includes files that must not be packed.
  for (const name of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'UPGRADING.md',
    'AGENTS.md',
    'tsconfig.json',
    'docs',
    'src',
    'skills',
    'plugin.json',
    'mcp.json',
    'gemini-extension.json',
    '.claude-plugin',
    '.codex-plugin',
    '.agents',
    'server.json',
  ])
    cpSync(join(root, name), join(staged, name), { recursive: true });
  const build = ['--import', 'tsx', join(root, 'scripts', 'build.ts'), '--outdir', join(staged, 'dist')];
  execFileSync(process.execPath, build, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const out = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], staged);
  const [packed] = JSON.parse(out) as [
    { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
  ];
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  return {
    file: join(folder, packed.filename),
    bytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    paths: packed.files.map(({ path }) => path).sort(),
    folder: empty,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
};

/** Runs npm. @returns its stdout */
export const npm = (
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): string =>
  execFileSync('npm', [...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a command file.
    shell: process.platform === 'win32',
  });
