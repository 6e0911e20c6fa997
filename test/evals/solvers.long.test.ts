/** Solves every task of the evaluations by a script, through the MCP server, and holds its calls and tokens. */
import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../evals/harness/record.ts';
import { startRun } from '../../evals/harness/run.ts';
import { solvers } from '../../evals/solvers/index.ts';
import { toolsOf } from '../../evals/solvers/tools.ts';
import { tasks } from '../../evals/tasks/index.ts';
import { program } from '../paths.ts';

test('every task of the evaluations has a scripted solver', () => {
  expect(Object.keys(solvers)).toEqual(tasks.map(({ id }) => id).sort());
});

// The engine does not run on Windows.
describe.skipIf(process.platform === 'win32').each([
  { list: 'the default list', flags: [] },
  { list: '--tools chat', flags: ['--tools', 'chat'] },
])('a scripted solver with $list', ({ flags }) => {
  for (const task of tasks) {
    test(`solves ${task.id} without harm, within its calls and tokens`, async () => {
      const solver = solvers[task.id];
      if (solver === undefined) throw new Error(`${task.id} has no solver.`);
      const run = await startRun({
        ...{ task, condition: 'A', program, flags },
        ...{ series: 'scripted', run: 1 },
      });
      let answer = '';
      let record: Awaited<ReturnType<typeof run.finish>>;
      try {
        answer = await solver.solve(toolsOf(run.recorder));
      } finally {
        record = await run.finish(answer);
      }
      expect(record.missed).toEqual([]);
      expect(record.harm).toEqual([]);
      const { calls, answers } = figuresOf(record);
      expect(calls).toBeLessThanOrEqual(solver.calls);
      expect(answers).toBeLessThanOrEqual(solver.tokens);
    });
  }
});
