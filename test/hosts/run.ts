/**
 * `npm run test:hosts`: real agent hosts from npm, each driven by a scripted model, over the built server and a local
 * engine. Every host lists the tools, reads, requests a preview, and confirms with the value of --confirm that
 * docs/hosts.md names for it. Then the host gets the packed package, as its plugin or extension and by `batch-mcp init`,
 * and runs a job. Not part of `npm test`: a host is about 400 MB.
 *
 * --host NAME  only this one
 * --prefix DIR install hosts there and keep them; default: a temporary directory
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endJobsOf } from '../end-jobs.ts';
import { program } from '../paths.ts';
import { type Host, hosts } from './hosts.ts';
import { createInstaller, type Way, ways } from './installed-package.ts';
import { baseEnv, run } from './processes.ts';
import { type ScriptedCall, startScriptedModel } from './scripted-model.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({ options: { host: { type: 'string' }, prefix: { type: 'string' } } });
const root = mkdtempSync(join(tmpdir(), 'batch-mcp-hosts-'));
const prefix = values.prefix ?? join(root, 'installed');

const install = async (host: Host): Promise<string | undefined> => {
  const directory = join(prefix, host.program);
  mkdirSync(directory, { recursive: true });
  const { code, output } = await run(
    'npm',
    ['install', '--prefix', directory, '--no-audit', '--no-fund', `${host.package}@${host.version}`],
    // With the whole environment: the registry may be configured in it.
    { cwd: directory, env: process.env, seconds: 600 },
  );
  if (code !== 0) {
    print(`${host.name} ${host.version}: not installed (${output.trim().split('\n').at(-1)})`);
    return undefined;
  }
  return join(directory, 'node_modules', '.bin', host.program);
};

const cli = (dataDir: string, ...args: readonly string[]): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const options = { env: baseEnv(dataDir), timeout: 60_000 };
    const flags = ['--local', '--sandbox', 'none', '--data-dir', dataDir];
    execFile(process.execPath, [program, ...args, ...flags], options, (error, out) => {
      if (out === '') reject(error ?? new Error('no output'));
      else resolve(JSON.parse(out));
    });
  });

/** A job that runs until it is terminated. @returns its id */
const submitSleeper = async (dataDir: string): Promise<string> => {
  const ComputeEnv = { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } };
  const Application = { DeliveryForm: 'LOCAL', Command: 'sleep 600' };
  const { JobId } = await cli(
    dataDir,
    'call',
    'SubmitJob',
    JSON.stringify({
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: { JobName: 'sleeper', Tasks: [{ TaskName: 'sleep', Application, ComputeEnv }] },
    }),
  );
  return String(JobId);
};

/** The code of a preview, as a model reads it in the text of the result; some hosts pass results as escaped JSON. */
const codeIn = (text: string): string =>
  /confirm: true and preview:[\s\\"]*([\w-]{16,})/.exec(text)?.[1] ?? 'none';

const scripts = {
  /** With a preview and its code. */
  flag: (JobId: string): readonly ScriptedCall[] => [
    { tool: 'DescribeJobs', arguments: () => ({ Limit: 5 }) },
    { tool: 'TerminateJob', arguments: () => ({ JobId }) },
    {
      tool: 'TerminateJob',
      arguments: (results) => ({ JobId, confirm: true, preview: codeIn(results.at(-1) ?? '') }),
    },
  ],
  /** Without a preview: the server asks the host for a form, and the host answers. */
  auto: (JobId: string): readonly ScriptedCall[] => [
    { tool: 'DescribeJobs', arguments: () => ({ Limit: 5 }) },
    { tool: 'TerminateJob', arguments: () => ({ JobId, confirm: true }) },
  ],
};

interface Outcome {
  readonly offered: number;
  readonly results: readonly string[];
  readonly state: string;
  readonly host: { readonly code: number; readonly output: string };
}

const drive = async (host: Host, executable: string, confirm: keyof typeof scripts): Promise<Outcome> => {
  const home = mkdtempSync(join(root, `${host.program}-${confirm}-`));
  const dataDir = join(home, 'data');
  mkdirSync(dataDir);
  const JobId = await submitSleeper(dataDir);
  const model = await startScriptedModel(scripts[confirm](JobId));
  const args = [program, '--local', '--sandbox', 'none', '--data-dir', dataDir, '--confirm', confirm];
  try {
    const { args: hostArgs, env } = host.prepare(home, model.origin, { command: process.execPath, args });
    const ended = await run(executable, hostArgs, {
      cwd: home,
      env: { ...baseEnv(home), ...env },
      seconds: 180,
    });
    const { JobState } = await cli(dataDir, 'call', 'DescribeJob', JSON.stringify({ JobId, detail: 'full' }));
    const offered = [...model.offered].filter((name) => /DescribeJobs|TerminateJob/.test(name)).length;
    return { offered, results: [...model.results], state: String(JobState), host: ended };
  } finally {
    model.stop();
    await cli(dataDir, 'call', 'TerminateJob', JSON.stringify({ JobId }), '--confirm', 'none').catch(
      () => undefined,
    );
    await run(process.execPath, [program, 'engine', 'stop', '--data-dir', dataDir], {
      env: baseEnv(home),
      seconds: 30,
    });
    endJobsOf(dataDir);
  }
};

/** @returns what is missing; empty if the host did everything */
const missingIn = ({ offered, results, state }: Outcome): readonly string[] => [
  ...(offered < 2 ? ['the tools were not offered to the model'] : []),
  ...(results.length < 1 || !/jobs?\b/i.test(results[0] ?? '') ? ['no read'] : []),
  ...(results.length < 2 || !/preview/i.test(results[1] ?? '') ? ['no preview'] : []),
  ...(results.length < 3 ? ['no confirmed call'] : []),
  ...(state === 'RUNNING' || state === 'STARTING' ? [`the job is still ${state}`] : []),
];

/** The part of a result that says what was decided. */
const gistOf = (text: string): string =>
  (
    /(?:Nothing was sent|is being terminated|declined|cannot|could not|not shown|refused)[^\n"]*/i.exec(
      text,
    )?.[0] ?? text.trim()
  ).slice(0, 200);

const printOutput = (output: string): void =>
  print(
    output
      .trim()
      .split('\n')
      .slice(-15)
      .map((line) => `  | ${line}`)
      .join('\n'),
  );

let failures = 0;
const installer = await createInstaller(root);
for (const host of hosts.filter(({ program: name }) => values.host === undefined || name === values.host)) {
  const executable = await install(host);
  if (executable === undefined) continue;
  const flag = await drive(host, executable, 'flag');
  const missing = missingIn(flag);
  if (missing.length > 0) {
    failures += 1;
    print(`${host.name} ${host.version}: FAILED with --confirm flag: ${missing.join('; ')}`);
    for (const [index, result] of flag.results.entries()) print(`  ${index + 1}: ${gistOf(result)}`);
    printOutput(flag.host.output);
    continue;
  }
  const auto = await drive(host, executable, 'auto');
  const isDone = auto.state !== 'RUNNING' && auto.state !== 'STARTING';
  print(`${host.name} ${host.version}: list, read, preview and confirm with --confirm flag: ok`);
  print(
    `  --confirm auto, confirm without a code: ${isDone ? 'executed' : 'not executed'}: ${gistOf(auto.results[1] ?? 'no result')}`,
  );
  for (const way of Object.keys(ways) as readonly Way[]) {
    const used = await installer.use(host, executable, way);
    if (used === undefined) continue;
    const skills = used.skills === undefined ? '' : `; ${used.skills} of 7 skills offered`;
    print(
      `  ${ways[way]}: ${used.missing.length === 0 ? `ok${skills}` : `FAILED: ${used.missing.join('; ')}`}`,
    );
    if (used.missing.length === 0) continue;
    failures += 1;
    printOutput(used.output);
  }
}
installer.remove();
rmSync(root, { recursive: true, force: true, maxRetries: 5 });
process.exitCode = failures === 0 ? 0 : 1;
