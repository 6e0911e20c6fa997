import { expect, test } from 'vitest';
import { completeOutput } from '../../src/client/wire.ts';

test.each([[undefined], [null], ['']])(
  'an id that the response lacks (%j) is that of the request',
  (JobId) => {
    expect(completeOutput('DescribeJob', { JobId: 'job-1a2b3c4d' }, { JobId, JobState: null })).toEqual({
      JobId: 'job-1a2b3c4d',
      JobState: null,
    });
  },
);

test('an id of the response is kept, and arguments that are no fields of the response are not added', () => {
  expect(completeOutput('DescribeJob', { JobId: 'job-1a2b3c4d' }, { JobId: 'job-00000000' })).toEqual({
    JobId: 'job-00000000',
  });
  expect(completeOutput('DeleteJob', { JobId: 'job-1a2b3c4d' }, {})).toEqual({});
  expect(completeOutput('SubmitJob', { ClientToken: 'a' }, {})).toEqual({});
});

test('lists of objects lose their nulls at every depth, samples and unknown fields keep theirs', () => {
  const response = {
    TaskSet: [null, { TaskName: 'a', TaskInstanceMetrics: null }, null],
    Unknown: [null],
  };
  expect(completeOutput('DescribeJob', {}, response)).toEqual({
    TaskSet: [{ TaskName: 'a', TaskInstanceMetrics: null }],
    Unknown: [null],
  });
  const nested = { Tasks: [{ EnvVars: [null, { Name: 'A', Value: null }] }] };
  expect(completeOutput('DescribeJobSubmitInfo', {}, nested)).toEqual({
    Tasks: [{ EnvVars: [{ Name: 'A', Value: null }] }],
  });
  const samples = { DataPoints: { Timestamps: [1, 2], Values: [null, 0.5] } };
  expect(completeOutput('DescribeJobMonitorData', {}, samples)).toEqual(samples);
  expect(response.TaskSet).toHaveLength(3);
});

test('a value of another type than documented is left as it is', () => {
  const response = { TaskSet: 'none', DependenceSet: { a: null }, JobState: [null] };
  expect(completeOutput('DescribeJob', {}, response)).toEqual(response);
});
