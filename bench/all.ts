/**
 * Runs benchmarks and writes docs/benchmarks.md: `npm run bench` runs all of them, `npm run bench -- start tokens` these.
 * Sections of benchmarks that are not run stay as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchAllocations } from './allocations.ts';
import { benchCalls } from './calls.ts';
import { benchEngine } from './engine.ts';
import { benchFiles } from './files.ts';
import { benchLogs } from './logs.ts';
import { type Measurement, printMeasurements } from './measurement.ts';
import { benchPath } from './path.ts';
import { benchRateLimit } from './rate-limit.ts';
import { benchSigner } from './signer.ts';
import { benchSlurm } from './slurm.ts';
import { benchStart } from './start.ts';
import { benchTokens } from './tokens.ts';
import { benchView } from './view.ts';

interface Benchmark {
  /** Name of the file, which can also be run alone. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly run: () => readonly Measurement[] | Promise<readonly Measurement[]>;
}

const benchmarks: readonly Benchmark[] = [
  {
    name: 'start',
    title: 'Start',
    about:
      'From spawning the process to the complete tool list, compared with a hand-written JSON-RPC server that prints the same list. Medians of 15 interleaved rounds after 2 warm-up rounds; `NODE_EXTRA_CA_CERTS` is not set.',
    run: benchStart,
  },
  {
    name: 'tokens',
    title: 'Tokens',
    about: 'The tool list as JSON, in tokens of o200k.',
    run: benchTokens,
  },
  {
    name: 'path',
    title: 'Path of a call',
    about:
      'Source files and functions that one call passes on both sides of the wire, requests it sends, and calls from a file into one that it does not import. The comment at the beginning of the script describes the method. The same script on 0.1.0: DescribeJob 57 files, 190 functions, 1 request, 8 climbs; TerminateJob preview 68, 232, 2, 17; TerminateJob confirmed 75, 260, 3, 19.',
    run: benchPath,
  },
  {
    name: 'signer',
    title: 'Signer',
    about: "Serialise, hash and sign one request, compared with the function of the vendor's SDK.",
    run: benchSigner,
  },
  {
    name: 'rate-limit',
    title: 'Rate limit',
    about: 'A burst of calls to the local engine, which enforces the documented rates.',
    run: benchRateLimit,
  },
  {
    name: 'calls',
    title: 'Calls',
    about:
      "The same action of the same local engine, alternately through an MCP client and server, directly with the vendor's SDK, and a ping of the server, which passes the same pipes: a call through MCP is at least both.",
    run: benchCalls,
  },
  {
    name: 'allocations',
    title: 'Allocations',
    about:
      'Heap allocated by one call in one process, with a young generation large enough that nothing is collected.',
    run: benchAllocations,
  },
  {
    name: 'engine',
    title: 'Engine',
    about:
      'The local engine, with every state change on disk. No-op instances run two at a time, compared with tools that run the same commands.',
    run: benchEngine,
  },
  {
    name: 'files',
    title: 'Files',
    about:
      "An object that the vendor's SDK has uploaded to the local engine, used through an MCP client and server. Memory is the resident set of the server.",
    run: benchFiles,
  },
  {
    name: 'logs',
    title: 'Logs',
    about:
      "A job's log of 2 GB in object storage, uploaded by the vendor's SDK. Requests of the server are counted on their way to the engine; the API calls are among them.",
    run: benchLogs,
  },
  {
    name: 'slurm',
    title: 'Slurm',
    about:
      'A task on a Slurm cluster, compared with a bare job array that runs the same command, alternately on the same cluster: version 22.05.8, two nodes on this machine that say they have 32 processors each. Programs of Slurm are counted by scripts in `PATH`. Medians of three rounds.',
    run: benchSlurm,
  },
  {
    name: 'view',
    title: 'View of a job',
    about:
      'A job of 100,000 instances in the view: its data, its page in a browser inside the official host bridge (medians), and its readings from a local engine that enforces the documented rates.',
    run: benchView,
  },
];

const missed = '**missed**';

const tableOf = (measurements: readonly Measurement[]): string =>
  [
    '| What | Figure | Reference | Ratio | Goal |',
    '| --- | --- | --- | --- | --- |',
    ...measurements.map(({ what, figure, reference, ratio, goal, isMet }) => {
      const target = isMet === false ? `${goal} ${missed}` : goal;
      return `| ${what} | ${figure} | ${reference} | ${ratio === undefined ? '' : ratio.toFixed(2)} | ${target} |`;
    }),
  ].join('\n');

const machine = (): string => {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), ${memory} GiB, ${platform()} ${release()}, Node ${process.versions.node}`;
};

/** Sections of the document by their titles, without the heading. */
const sectionsOf = (document: string): Map<string, string> =>
  new Map(
    document
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end), section.slice(end).trim()];
      }),
  );

/** Goals that were not reached, from the tables. */
const missedIn = (sections: ReadonlyMap<string, string>): string => {
  const lines = [...sections].flatMap(([title, section]) =>
    section
      .split('\n')
      .filter((line) => line.includes(missed))
      .map((line) => {
        const [, what = '', figure = '', , ratio = '', goal = ''] = line
          .split('|')
          .map((cell) => cell.trim());
        return `- ${title}: ${what} is ${figure}${ratio === '' ? '' : ` (ratio ${ratio})`}; the goal is ${goal.replace(` ${missed}`, '')}.`;
      }),
  );
  return lines.length === 0 ? 'All goals are reached.' : lines.join('\n');
};

const file = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');
const chosen = process.argv.slice(2);
const sections = sectionsOf(readFileSync(file, 'utf8'));
for (const { name, title, about, run } of benchmarks) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const measurements = await run();
  if (measurements.length === 0) continue;
  printMeasurements(title, measurements);
  sections.set(
    title,
    `${about} \`npx tsx bench/${name}.ts\`\n\n${tableOf(measurements)}\n\n${machine()}, ${new Date().toISOString().slice(0, 10)}.`,
  );
}
writeFileSync(
  file,
  `# Benchmarks

Written by \`npm run bench\`. Absolute figures depend on the machine; compare the ratios, whose references were measured in the same run.

## Goals missed

${missedIn(sections)}

${benchmarks
  .filter(({ title }) => sections.has(title))
  .map(({ title }) => `## ${title}\n\n${sections.get(title)}\n`)
  .join('\n')}`,
);
