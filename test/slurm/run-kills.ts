/** `npm run test:slurm -- --count N`: the test with kills in any size, with what the ledger counted. */
import { parseArgs } from 'node:util';
import { noClusterReason } from './cluster.ts';
import { indexOf, problemsOf, runWithKills } from './kills.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: '400' } } });
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const reason = noClusterReason();
if (reason !== undefined) {
  say(`Skipped: ${reason}`);
} else {
  const instances = Number(values.count);
  const report = await runWithKills({ instances, slots: Math.min(instances, 2000), seconds: 3600 }, say);
  const problems = problemsOf(report);
  const { ledger, outcomes } = report;
  const complete = ledger.ended.filter(({ code }) => code <= 128);
  say(
    `${instances} instances in ${report.seconds.toFixed(1)} s, engine killed ${report.engineKills} times, controller ${report.controllerKills} times.`,
  );
  say(
    `Ledger: ${ledger.begun.length} attempts began, ${new Set(ledger.begun).size} of them different; ` +
      `${complete.length} ended by themselves, of ${new Set(complete.map(({ name }) => indexOf(name))).size} instances.`,
  );
  say(
    `Store: ${outcomes.filter(({ state }) => state === 'SUCCEED').length} SUCCEED, ` +
      `${outcomes.filter(({ state }) => state === 'FAILED').length} FAILED, ` +
      `${outcomes.reduce((sum, { attempts }) => sum + attempts.length, 0)} attempts.`,
  );
  for (const problem of problems.slice(0, 20)) say(`Problem: ${problem}`);
  say(
    problems.length === 0 ? 'Every instance is accounted for exactly once.' : `${problems.length} problems.`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
