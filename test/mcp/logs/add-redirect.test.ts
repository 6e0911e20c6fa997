/** RedirectInfo that is added to submissions, and the notice where it is missing. */
import { expect, test } from 'vitest';
import { redirectCompletion } from '../../../src/mcp/logs/add-redirect.ts';

const logPath = 'cos://logs-1250000000.cos.ap-guangzhou.myqcloud.com/runs/';
const own = { StderrRedirectPath: 'cos://own-1250000000/' };
const submission = (...Tasks: readonly object[]) => ({ Placement: {}, Job: { JobName: 'j', Tasks } });

test('With a directory for logs, tasks without a redirect get one and others keep theirs', () => {
  const args = submission(
    { TaskName: 'a' },
    { TaskName: 'b', RedirectInfo: own },
    { TaskName: 'c', RedirectInfo: {} },
  );
  const { fields, notices } = redirectCompletion(logPath)(args);
  const added = { StdoutRedirectPath: logPath, StderrRedirectPath: logPath };
  expect(fields).toEqual(
    submission(
      { TaskName: 'a', RedirectInfo: added },
      { TaskName: 'b', RedirectInfo: own },
      { TaskName: 'c', RedirectInfo: added },
    ),
  );
  expect(notices).toEqual([
    `RedirectInfo was added to 2 tasks that had none (--log-path): complete logs are stored in ${logPath} when an instance ends.`,
  ]);
});

test('Without one, nothing is changed and the tasks are named', () => {
  const args = submission({ TaskName: 'a' }, { TaskName: 'b', RedirectInfo: own });
  expect(redirectCompletion(undefined)(args)).toEqual({
    fields: args,
    notices: ['No RedirectInfo ("a"): only 2048 bytes of each stream can be read afterwards.'],
  });
});

test.each([[{}], [{ Job: null }], [{ Job: { Tasks: 'a' } }], [{ Job: { Tasks: [null, 5] } }]])(
  'Arguments that are no submission, %j, are left as they are',
  (args) => {
    expect(redirectCompletion(logPath)(args)).toEqual({ fields: args, notices: [] });
  },
);
