/** Checks who imports whom: `npm run deps`. Fails, too, when fewer modules were read than src/ has files. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';

const root = join(import.meta.dirname, '..');
// In a separate process, because tsx changes how dependency-cruiser loads its parsers.
const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const { stdout, stderr } = spawnSync(
  process.execPath,
  [program, 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
  { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
);
if (stdout === '') throw new Error(`dependency-cruiser reported nothing: ${stderr}`);
const { modules, summary } = JSON.parse(stdout) as ICruiseResult;

for (const { rule, from, to, cycle } of summary.violations) {
  const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
  console.error(from === to ? `${rule.name}: ${from}` : `${rule.name}: ${from} → ${path}`);
}
const cruised = modules.filter(({ source }) => source.startsWith('src/')).length;
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
).length;
// A parser that cannot read the sources finds no imports, and so no violations.
if (cruised < files) console.error(`Only ${cruised} of ${files} files of src/ were read.`);
console.log(
  `${cruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`,
);
if (summary.violations.length > 0 || cruised < files) process.exitCode = 1;
