/** ShowJob and the reading behind it, against a real engine through the API, as against the cloud. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import type { JobCourse } from '../../../src/mcp/job-view/course.ts';
import { expandStates } from '../../../src/mcp/job-view/states.ts';
import { jobDataTool, jobLogTool } from '../../../src/mcp/job-view/view-resource.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { startTestEngine, toolboxOver } from '../harness.ts';
import { startOverEngine, submissionOf, task } from '../workflows/over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
let toolbox: ToolService;
beforeAll(async () => {
  over = await startOverEngine(startTestEngine);
  toolbox = toolboxOver(over.engine, []);
});
afterAll(async () => {
  await toolbox.close();
  await over.stop();
});

const caller = { name: 'test', signal: new AbortController().signal };
const call = async (name: string, args: Fields): Promise<{ text: string; fields: Fields }> => {
  const outcome = await toolbox.call(name, args, caller);
  if (outcome.kind !== 'answer') throw new Error('The gate asked.');
  return { text: outcome.answer.content[0].text, fields: outcome.answer.structuredContent };
};
const courseOf = async (JobId: string): Promise<JobCourse> =>
  (await call(jobDataTool, { JobId })).fields.course as JobCourse;

test('ShowJob draws the tasks of a job with counts, failures, critical path, cost and what was read', async () => {
  const JobId = await over.finish(
    submissionOf(
      [
        task('prep', 'true'),
        task('sweep', 'test $BATCH_TASK_INSTANCE_INDEX != 3 || exit 9', { TaskInstanceNum: 5 }),
      ],
      { Dependences: [{ StartTask: 'prep', EndTask: 'sweep' }] },
    ),
  );
  const { text } = await call('ShowJob', { JobId });
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^job-\w+ \("a test"\) is FAILED after \d+s: 5 of 6 done, 1 failed\.$/);
  expect(text).toMatch(/ {2}- \|[ .=]*\| "prep" 1 0 0 1 0 \d+s \d+s [\d.]+\n/);
  expect(text).toMatch(/ {2}- \|[ .=]*x[ .=]*\| "sweep" 4 0 1 5 0 \d+s \d+s [\d.]+\n/);
  expect(text).toMatch(/criticalPath: 2 tasks: "prep" \d+s > "sweep" \d+s/);
  expect(text).toContain('exit 9, "the command ended with exit code 9", 1 attempt, 3 of "sweep"');
  expect(text).toMatch(/cost: [\d.]+ \(estimate, machines only, disks and traffic not included\)/);
  expect(text).toContain('coverage: All 6 instances read. ');
  const course = await courseOf(JobId);
  expect(course.tasks.map(({ name, states, after }) => [name, expandStates(states), after])).toEqual([
    ['prep', 's', []],
    ['sweep', 'sssfs', [0]],
  ]);
});

test('the log of one instance is read with its attempt for the view, complete and without marks', async () => {
  const JobId = await over.finish(submissionOf([task('talk', 'echo one; echo two >&2; exit 4')]));
  const { fields, text } = await call(jobLogTool, { JobId, TaskName: 'talk', instance: 0 });
  expect(text).toBe('The end of the log of instance 0: 8 bytes of 8 bytes.');
  expect(fields).toMatchObject({ stdout: 'one', stderr: 'two', note: '8 bytes.' });
  expect(fields.attempts).toMatchObject([{ state: 'FAILED', ExitCode: 4 }]);
});

test('names and tags of a job are cleaned and masked in the text and in the data of the view', async () => {
  const JobId = await over.finish(
    submissionOf([task('work', 'true')], {
      JobName: 'a\u001b[2Jb\u202ec\u200bd https://user:hunter2@example.org/',
      Tags: [
        { Key: 'password', Value: 'hunter2' },
        { Key: 'team', Value: 'genomics' },
      ],
    }),
  );
  const { text } = await call('ShowJob', { JobId });
  const course = await courseOf(JobId);
  expect(text + JSON.stringify(course)).not.toMatch(/[\u001b\u202e\u200b]|\\u001b|hunter2/);
  expect(course.JobName).toMatch(/^abcd https:/);
  expect(course.tags[1]).toEqual({ Key: 'team', Value: 'genomics' });
  expect(course.tags[0]?.Value).not.toBe('');
});

test('ShowJob says what holds a waiting job back, and which task runs next', async () => {
  const JobId = await over.submit(
    submissionOf([task('first', 'sleep 600'), task('second', 'true')], {
      Dependences: [{ StartTask: 'first', EndTask: 'second' }],
    }),
  );
  await over.run('WaitForJob', { JobId, until: ['RUNNING'], timeout: 60 });
  const { text } = await call('ShowJob', { JobId });
  expect(text).toContain('task "second" waits for "first"');
  expect(text).toMatch(/\| "first" 0 1 0 1 0 /);
  expect(text).toContain(`WaitForJob with JobId ${JobId} follows it.`);
  await over.call('TerminateJob', { JobId });
});
