import { expect, test } from 'vitest';
import { parseResourceUri } from '../../../src/mcp/resources/resource-uri.ts';

const region = 'ap-guangzhou';
const JobId = 'job-1a2b3c4d';

test.each([
  ['batch://ap-guangzhou/jobs', { kind: 'jobs', region }],
  [`batch://ap-guangzhou/jobs/${JobId}`, { kind: 'job', region, JobId }],
  [`batch://ap-guangzhou/jobs/${JobId}/submission`, { kind: 'submission', region, JobId }],
  [`batch://ap-guangzhou/jobs/${JobId}/tasks/task%20A`, { kind: 'task', region, JobId, TaskName: 'task A' }],
  [
    `batch://ap-guangzhou/jobs/${JobId}/tasks/a/instances/12/stderr`,
    { kind: 'stderr', region, JobId, TaskName: 'a', index: 12 },
  ],
  ['batch://ap-guangzhou/compute-envs', { kind: 'compute-envs', region }],
  ['batch://ap-guangzhou/compute-envs/env-1a2b3c4d', { kind: 'compute-env', region, EnvId: 'env-1a2b3c4d' }],
  [
    'batch://ap-guangzhou/compute-envs/env-1a2b3c4d/activities',
    { kind: 'activities', region, EnvId: 'env-1a2b3c4d' },
  ],
  ['batch://ap-guangzhou/task-templates', { kind: 'task-templates', region }],
  [
    'batch://ap-guangzhou/task-templates/task-tmpl-1a2b3c4d',
    { kind: 'task-template', region, TaskTemplateId: 'task-tmpl-1a2b3c4d' },
  ],
  ['batch://reference/SubmitJob', { kind: 'reference', tool: 'SubmitJob' }],
  ['batch://undo/0123456789abcdef', { kind: 'undo', id: '0123456789abcdef' }],
])('the resource URI %s is parsed', (uri, address) => {
  expect(parseResourceUri(uri)).toEqual(address);
});

test.each([
  'batch://ap-guangzhou',
  'batch://ap-guangzhou/',
  'batch://ap-guangzhou/jobs/',
  'batch://ap-guangzhou/jobs/job-1',
  `batch://ap-guangzhou/jobs/${JobId}/`,
  `batch://ap-guangzhou/jobs/${JobId}?detail=full`,
  `batch://ap-guangzhou/jobs/${JobId}#x`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/a/instances/01/stdout`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/a/instances/-1/stdout`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/a/instances/0/stdlog`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/..%2f..`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/%zz`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/%00`,
  `BATCH://ap-guangzhou/jobs/${JobId}`,
  `file:///etc/passwd`,
  'batch://../jobs',
  'batch://undo/../../etc/passwd',
  'batch://undo/0123',
  'batch://reference/SubmitJob/x',
  '',
])('%s is no resource', (uri) => {
  expect(parseResourceUri(uri)).toBeUndefined();
});
