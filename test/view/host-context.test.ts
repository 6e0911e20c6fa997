/** What the view takes from its host, and what it writes to the model. */
import { expect, test } from 'vitest';
import { colourFor, themeOf, variablesOf } from '../../src/view/host/theme.ts';
import { logRequestText, requestsFor, requestText } from '../../src/view/requests.ts';
import { courseOf, hostileText, runningCourse, taskOf } from './sample-course.ts';

test('a colour for both themes is that of the theme of the host', () => {
  expect(colourFor('dark', 'light-dark(rgb(1, 2, 3), #fff)')).toBe('#fff');
  expect(colourFor('light', ' light-dark(rgb(1, 2, 3), #fff) ')).toBe('rgb(1, 2, 3)');
  expect(colourFor('dark', '#123456')).toBe('#123456');
});

test('only the variables of the specification are taken from a host', () => {
  const variables = {
    '--color-text-primary': 'light-dark(black, white)',
    '--font-sans': 'Inter',
    '--succeeded': 'red',
    '--color-text-info': undefined,
  };
  expect(variablesOf({ styles: { variables } }, 'dark')).toEqual([
    ['--color-text-primary', 'white'],
    ['--font-sans', 'Inter'],
  ]);
  expect(variablesOf({}, 'dark')).toEqual([]);
  expect([themeOf({ theme: 'dark' }), themeOf({ theme: 'sepia' })]).toEqual(['dark', undefined]);
});

test('a running job can be ended and diagnosed, an ended one run again', () => {
  const running = runningCourse();
  expect(requestsFor(running).map(([name]) => name)).toEqual(['diagnose', 'end']);
  expect(requestsFor({ ...running, isFinal: true, failures: [] }).map(([name]) => name)).toEqual(['rerun']);
});

test('the requests to the model name the job by its id, and ask for a preview of what changes something', () => {
  const course = runningCourse();
  expect([requestText('diagnose', course), requestText('end', course), requestText('rerun', course)]).toEqual(
    [
      'Find out why instances of job job-1a2b3c4d failed, and suggest what to do.',
      'Prepare the termination of job job-1a2b3c4d and show me what would be lost before you do it.',
      'Show me what running job job-1a2b3c4d again would do, and ask me before you submit it.',
    ],
  );
  expect(logRequestText({ task: 2, instance: 5 }, course)).toBe(
    'Read the log of instance 5 of task align of job job-1a2b3c4d and explain what it shows.',
  );
});

test('no text that a job chooses gets into a request to the model', () => {
  const course = courseOf([taskOf({ name: hostileText, letters: ['f'] })], {
    JobId: hostileText,
    JobName: hostileText,
    reason: hostileText,
  });
  const texts = [
    ...(['diagnose', 'end', 'rerun'] as const).map((request) => requestText(request, course)),
    logRequestText({ task: 0, instance: 0 }, course),
  ];
  expect(texts.join('\n')).toMatchInlineSnapshot(`
    "Find out why instances of job shown in the view failed, and suggest what to do.
    Prepare the termination of job shown in the view and show me what would be lost before you do it.
    Show me what running job shown in the view again would do, and ask me before you submit it.
    Read the log of instance 0 of task number 1 of job shown in the view and explain what it shows."
  `);
});
