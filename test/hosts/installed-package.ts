/** The packed package in a real host: installed as a plugin or an extension, or configured by `batch-mcp init`. */
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { loadSkills } from '../../src/mcp/skills/skill-catalog.ts';
import { endJobsOf } from '../end-jobs.ts';
import { npm, packPackage } from '../package/staged.ts';
import type { Host } from './hosts.ts';
import { baseEnv, run } from './processes.ts';
import { type ScriptedCall, startScriptedModel } from './scripted-model.ts';

export const ways = {
  package: 'packed package installed in the host, job run by its server',
  init: 'configured by batch-mcp init, job run by its server',
} as const;
export type Way = keyof typeof ways;

export interface Used {
  /** What did not work; empty if everything did. */
  readonly missing: readonly string[];
  /** Number of skills that the host offered to the model; undefined where the way installs none. */
  readonly skills: number | undefined;
  readonly output: string;
}

const jobIdIn = (text: string): string => /job-[0-9a-z]{8}/.exec(text)?.[0] ?? 'none';

/** Runs one job and waits for it. */
const script: readonly ScriptedCall[] = [
  {
    tool: 'SubmitJob',
    arguments: () => ({
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'hello',
        Tasks: [
          {
            TaskName: 'greet',
            Application: { DeliveryForm: 'LOCAL', Command: 'echo hello' },
            ComputeEnv: {
              EnvType: 'MANAGED',
              EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' },
            },
          },
        ],
      },
    }),
  },
  { tool: 'WaitForJob', arguments: (results) => ({ JobId: jobIdIn(results.join('\n')) }) },
];

/** The directory of a Node with built-in SQLite: a plugin has no node_modules. */
const nodeDirectory = (): string => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return dirname(process.execPath);
  const command = ['exec', '--yes', '--package=node@24', '--', 'node', '-p', 'process.execPath'];
  return dirname(npm(command, '.').trim());
};

/** Packs the package and unpacks its tarball, as a user does. */
export const createInstaller = async (root: string) => {
  const packed = packPackage();
  const parent = join(root, 'tarball');
  mkdirSync(parent);
  await run('tar', ['-xzf', packed.file, '-C', parent], { env: process.env, seconds: 60 });
  const directory = join(parent, 'package');
  // The tools of files need a bucket or a directory.
  const toolsOfSkills = [
    ...new Set((await loadSkills()).flatMap(({ tools }) => tools).filter((tool) => !tool.endsWith('Files'))),
  ];
  const skillNames = readdirSync(join(directory, 'skills'));
  const nodes = nodeDirectory();
  const node = join(nodes, 'node');
  const path = `${nodes}${delimiter}${process.env.PATH ?? ''}`;

  /** @returns undefined where the host has no packages */
  const use = async (host: Host, executable: string, way: Way): Promise<Used | undefined> => {
    const commands: readonly (readonly string[])[] =
      way === 'package'
        ? host.install(directory).map((words) => [executable, ...words])
        : [
            [
              node,
              join(directory, 'dist', 'batch-mcp.js'),
              'init',
              '--client',
              host.client,
              '--local',
              '--yes',
            ],
          ];
    if (commands.length === 0) return undefined;
    const home = mkdtempSync(join(root, `${host.program}-${way}-`));
    // The default of the server: the package has no option for another one.
    const dataDir = join(home, '.local', 'share', 'batch-mcp');
    const model = await startScriptedModel(script);
    const { args, env: own } = host.prepare(home, model.origin);
    const env = { ...baseEnv(home), ...own, PATH: path };
    let output = '';
    const missing: string[] = [];
    try {
      for (const [command = '', ...words] of commands) {
        const ended = await run(command, words, { cwd: home, env, seconds: 120 });
        output += ended.output;
        if (ended.code !== 0) missing.push(`${words.slice(0, 3).join(' ')} ended with ${ended.code}`);
      }
      const ended = await run(executable, args, { cwd: home, env, seconds: 240 });
      output += ended.output;
      const offered = [...model.offered];
      // Codex hides tools of a package that do not fit into its limit.
      const hidden = toolsOfSkills.filter((tool) => !offered.some((name) => name.endsWith(tool)));
      if (hidden.length > 0) missing.push(`tools that were not offered: ${hidden.join(', ')}`);
      if (!/SUCCEED/.test(model.results[1] ?? ''))
        missing.push(`no job ended: ${model.results.at(-1) ?? 'no result'}`);
      const skills = way === 'package' ? skillNames.filter((name) => model.saw(name)).length : undefined;
      return { missing, skills, output };
    } finally {
      model.stop();
      const program = join(directory, 'dist', 'batch-mcp.js');
      await run(node, [program, 'engine', 'stop', '--data-dir', dataDir], { env, seconds: 30 });
      endJobsOf(dataDir);
    }
  };
  return { use, remove: packed.remove };
};
