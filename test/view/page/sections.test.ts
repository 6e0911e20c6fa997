/** What the sections of the page contain, as the description from which a browser draws them. */
import { expect, test } from 'vitest';
import { graphOf } from '../../../src/view/sections/graph.ts';
import { timelineOf } from '../../../src/view/sections/timeline.ts';
import { courseOf, taskOf } from '../sample-course.ts';

test('the graph is not drawn where no task waits for another', () => {
  const [one, other] = [taskOf({ name: 'a', letters: ['s'] }), taskOf({ name: 'b', letters: ['s'] })];
  expect(graphOf(courseOf([one, other]))).toBeUndefined();
  expect(graphOf(courseOf([one, { ...other, after: [0] }]))).toBeDefined();
});

test('the timeline shows what ran for less than a second, also at the end of the job', () => {
  const page = JSON.stringify(
    timelineOf(
      courseOf(
        [
          taskOf({ name: 'first', letters: ['s'], attempts: 1, bars: [[0, 1, 0, 0, 0, 's', null]] }),
          taskOf({ name: 'last', letters: ['f'], attempts: 1, bars: [[0, 1, 0, 100, 100, 'f', 0]] }),
        ],
        { ended: 100, read: 120, isFinal: true, JobState: 'FAILED' },
      ),
    ),
  );
  expect(page).toContain('"class":"fill succeeded","y":3,"height":6,"data-do":"log","data-task":0');
  expect(page).toMatch(/"class":"fill failed"[^}]*"x":997\.5,"width":2\.5/);
  // The key names the colours that are drawn, and no others.
  const key = page.slice(page.indexOf('quiet key'));
  expect(key).toMatch(/"waiting".*"succeeded".*"failed"/);
  expect(key).not.toContain('running');
});
