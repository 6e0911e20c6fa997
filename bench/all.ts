/** Runs every benchmark and writes docs/benchmarks.md: `npm run bench`. */
import { writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchAllocations } from './allocations.ts';
import { benchCalls } from './calls.ts';
import { benchEngine } from './engine.ts';
import { benchPace } from './pace.ts';
import { printRows, type Row } from './row.ts';
import { benchSigner } from './signer.ts';
import { benchStart } from './start.ts';
import { benchTokens } from './tokens.ts';

interface Chapter {
  /** The file, which can be run by itself. */
  readonly file: string;
  readonly title: string;
  readonly about: string;
  readonly run: () => readonly Row[] | Promise<readonly Row[]>;
}

const chapters: readonly Chapter[] = [
  {
    file: 'start',
    title: 'Start',
    about:
      'From the start of the process to the whole list of tools, beside a JSON-RPC server written by hand that prints the same list. 15 rounds after 2 to warm up, in turns; medians; `NODE_EXTRA_CA_CERTS` is not set.',
    run: benchStart,
  },
  {
    file: 'tokens',
    title: 'Tokens',
    about: 'The list of tools as JSON, in tokens of o200k.',
    run: benchTokens,
  },
  {
    file: 'signer',
    title: 'Signer',
    about: 'Serialise, hash and sign one request, beside the function of the vendor’s SDK.',
    run: benchSigner,
  },
  {
    file: 'pace',
    title: 'Pace',
    about: 'Calls made in a burst against the local engine with the documented rates enforced.',
    run: benchPace,
  },
  {
    file: 'calls',
    title: 'Calls',
    about:
      'The same action of the same local engine, in turns: through an MCP client, the server and its client, and directly by the vendor’s SDK.',
    run: benchCalls,
  },
  {
    file: 'allocations',
    title: 'Allocations',
    about:
      'Heap allocated by one call in one process, with a young generation so large that nothing is collected meanwhile.',
    run: benchAllocations,
  },
  {
    file: 'engine',
    title: 'Engine',
    about: 'Instances that do nothing, two at a time, every step on disk, beside tools that keep nothing.',
    run: benchEngine,
  },
];

const tableOf = (rows: readonly Row[]): string =>
  [
    '| What | Figure | Beside it | Ratio | Goal |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ what, figure, beside, ratio, goal }) =>
        `| ${what} | ${figure} | ${beside} | ${ratio === undefined ? '' : ratio.toFixed(2)} | ${goal} |`,
    ),
  ].join('\n');

const machine = (): string => {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), ${memory} GiB, ${platform()} ${release()}, Node ${process.versions.node}`;
};

const sections: string[] = [];
for (const { file, title, about, run } of chapters) {
  const rows = await run();
  printRows(title, rows);
  sections.push(`## ${title}\n\n${about} \`npx tsx bench/${file}.ts\`\n\n${tableOf(rows)}\n`);
}
writeFileSync(
  join(import.meta.dirname, '..', 'docs', 'benchmarks.md'),
  `# Benchmarks

Written by \`npm run bench\`. A figure says little on another machine; its ratio to what stands beside it, measured in the same run, says more. This run: ${machine()}, ${new Date().toISOString().slice(0, 10)}.

${sections.join('\n')}`,
);
