import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AzureSettings } from '../../../src/azure/index.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { ConfirmationError } from '../../../src/shared/errors.ts';
import { type AzureService, startAzureService, startTime } from '../azure-service.ts';
import { type AzureUnderTest, createAzureUnderTest, fixedId, settingsFor } from '../azure-under-test.ts';

let service: AzureService;
let under: AzureUnderTest;
const withSettings = (settings: Partial<AzureSettings> = {}) =>
  createAzureUnderTest({ ...settingsFor(service), ...settings });

beforeEach(async () => {
  service = await startAzureService();
  under = withSettings();
  service.account.addJob({
    id: 'render-7',
    hasReleaseTask: true,
    tasks: [
      { id: 'a', state: 'running' },
      { id: 'b' },
      { id: 'c', state: 'completed', result: 'success', exitCode: 0 },
    ],
  });
});
afterEach(() => service.stop());

const terminate = (args: Fields, target = under) =>
  target.run('AzureTerminateJob', { JobId: 'render-7', ...args });
/** The one request that terminates a job, as received. */
const sent = () => {
  const posts = service.log.filter(({ method }) => method === 'POST');
  expect(posts).toHaveLength(1);
  const [post] = posts;
  if (!post) throw new Error('Nothing was sent.');
  return post;
};
const refusalOf = (args: Fields, target = under) =>
  target.run('AzureTerminateJob', args).then(
    () => 'accepted',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('the parameters of AzureTerminateJob', () => {
  test('JobId identifies the job, encoded as one segment of the path', async () => {
    service.account.addJob({ id: 'sched:job-1' });
    const answer = await terminate({ JobId: 'sched:job-1' });
    expect(sent().path).toBe('/jobs/sched%3Ajob-1/terminate');
    expect(answer.fields).toMatchObject({
      accepted: true,
      JobId: 'sched:job-1',
      parameterSet: 'TerminateExpanded',
    });
  });

  test('an invalid JobId is rejected, and nothing is sent', async () => {
    expect(await refusalOf({ JobId: '../pools' })).toBe(
      'InputError: AzureTerminateJob: JobId: A job id has letters, digits, -, _ and, if a schedule created it, a colon.',
    );
    expect(service.log).toEqual([]);
  });

  test('InputObject identifies the job by JobId or by the URL of a job', async () => {
    await under.run('AzureTerminateJob', { InputObject: { JobId: 'render-7' } });
    expect(sent().path).toBe('/jobs/render-7/terminate');
    const whatIf = await under.run('AzureTerminateJob', {
      InputObject: { url: `${service.endpoint}/jobs/sched%3Ajob-1` },
      WhatIf: true,
    });
    expect(whatIf.fields).toMatchObject({
      parameterSet: 'TerminateViaIdentityExpanded',
      url: `${service.endpoint}/jobs/sched%3Ajob-1/terminate?api-version=2025-06-01`,
    });
  });

  test('InputObject with the URL of a job at another endpoint is rejected, and nothing is sent', async () => {
    expect(await refusalOf({ InputObject: { url: 'https://other.eastus.batch.azure.com/jobs/a' } })).toBe(
      `InputError: AzureTerminateJob: InputObject.url: The job is at https://other.eastus.batch.azure.com, but the call goes to ${service.endpoint}. Pass Endpoint too.`,
    );
    expect(await refusalOf({ InputObject: { url: `${service.endpoint}/pools/a` } })).toBe(
      'InputError: AzureTerminateJob: InputObject.url: It must end in /jobs/ and the id of the job.',
    );
    expect(service.log).toEqual([]);
  });

  test('TerminationReason is sent as terminateReason and can be read from the job', async () => {
    const answer = await terminate({ TerminationReason: 'over budget' });
    expect(sent().body).toBe('{"terminateReason":"over budget"}');
    expect(answer.fields.terminateReason).toBe('over budget');
  });

  test('without TerminationReason no body is sent, and the service records UserTerminate', async () => {
    const answer = await terminate({});
    expect(sent()).toMatchObject({ body: '', headers: { 'content-length': '0' } });
    expect(answer.fields.terminateReason).toBe('UserTerminate');
  });

  test('Option is the same reason in an object', async () => {
    const answer = await terminate({ Option: { TerminationReason: 'night is over' } });
    expect(sent().body).toBe('{"terminateReason":"night is over"}');
    expect(answer.fields.parameterSet).toBe('Terminate');
  });

  test('JsonString is the body, parsed and checked before it is sent', async () => {
    const answer = await terminate({ JsonString: ' { "terminateReason" : "über" } ' });
    expect(sent().body).toBe('{"terminateReason":"über"}');
    expect(answer.fields).toMatchObject({ parameterSet: 'TerminateViaJsonString', terminateReason: 'über' });
  });

  test('Force is sent as force=true, and omitted when false', async () => {
    await terminate({ Force: true });
    expect(sent().query).toEqual({ 'api-version': '2025-06-01', force: 'true' });
    const whatIf = await terminate({ Force: false, WhatIf: true });
    expect(whatIf.fields.url).toBe(`${service.endpoint}/jobs/render-7/terminate?api-version=2025-06-01`);
  });

  test('Force is confirmed separately: the user types force and the id', async () => {
    const { preview } = under.gateOf('AzureTerminateJob');
    expect((await preview({ JobId: 'render-7' }, under.context)).confirmationText).toBe('render-7');
    const forced = await preview({ JobId: 'render-7', Force: true }, under.context);
    expect(forced.confirmationText).toBe('force render-7');
    expect(forced.consequences).toContain(
      'Force: the job completes even if nodes have not stopped; processes may continue there, unseen, and cost money.',
    );
  });

  test('a warning says that Force is not meant for a job that has not been terminated yet', async () => {
    const { preview } = under.gateOf('AzureTerminateJob');
    const meant =
      'Force is meant for a job that hangs while terminating; this one has not been terminated yet.';
    service.account.addJob({ id: 'ending', state: 'terminating', readsUntilCompleted: 9 });
    const said = async (JobId: string) =>
      (await preview({ JobId, Force: true }, under.context)).consequences.includes(meant);
    expect([await said('render-7'), await said('ending')]).toEqual([true, false]);
  });

  test('TimeOut is sent as timeOut', async () => {
    await terminate({ TimeOut: 20 });
    expect(sent().query).toEqual({ 'api-version': '2025-06-01', timeOut: '20' });
  });

  test('ClientRequestId is sent, and generated if omitted', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    const answer = await terminate({ ClientRequestId: id });
    expect(sent().headers['client-request-id']).toBe(id);
    expect(answer.fields.ClientRequestId).toBe(id);
    const whatIf = await terminate({ WhatIf: true });
    expect(whatIf.fields.headers).toMatchObject({ 'client-request-id': fixedId });
  });

  test('ClientRequestId with braces is rejected, and nothing is sent', async () => {
    expect(await refusalOf({ JobId: 'render-7', ClientRequestId: `{${fixedId}}` })).toBe(
      'InputError: AzureTerminateJob: ClientRequestId: A GUID without braces.',
    );
    expect(service.log).toEqual([]);
  });

  test('ReturnClientRequestId requests the id from the service, and the answer contains it', async () => {
    const answer = await terminate({ ReturnClientRequestId: true });
    expect(sent().headers['return-client-request-id']).toBe('true');
    expect(answer.fields.returnedClientRequestId).toBe(fixedId);
  });

  test('Ocpdate is sent as ocp-date in RFC 1123, from either form', async () => {
    await terminate({ Ocpdate: '2026-11-22T11:05:00+01:00' });
    expect(sent().headers['ocp-date']).toBe('Sun, 22 Nov 2026 10:05:00 GMT');
    const whatIf = await terminate({ Ocpdate: 'Sun, 22 Nov 2026 10:05:00 GMT', WhatIf: true });
    expect(whatIf.fields.headers).toMatchObject({ 'ocp-date': 'Sun, 22 Nov 2026 10:05:00 GMT' });
  });

  test('IfMatch is sent exactly as given', async () => {
    const { eTag } = service.account.addJob({ id: 'other' });
    await terminate({ JobId: 'other', IfMatch: eTag });
    expect(sent().headers['if-match']).toBe(eTag);
  });

  test('without IfMatch, the ETag of the preview is sent', async () => {
    const seen = service.account.jobs.get('render-7')?.eTag;
    await terminate({});
    expect(sent().headers['if-match']).toBe(seen);
  });

  test('IfNoneMatch is sent, and then no IfMatch is added', async () => {
    await terminate({ IfNoneMatch: '0xOLD' });
    expect(sent().headers).toMatchObject({ 'if-none-match': '0xOLD' });
    expect(sent().headers['if-match']).toBeUndefined();
  });

  test('IfModifiedSince is sent in RFC 1123, and then no IfMatch is added', async () => {
    await terminate({ IfModifiedSince: '2026-11-22T09:00:00Z' });
    expect(sent().headers['if-modified-since']).toBe('Sun, 22 Nov 2026 09:00:00 GMT');
    expect(sent().headers['if-match']).toBeUndefined();
  });

  test('IfUnmodifiedSince is sent in RFC 1123, and then no IfMatch is added', async () => {
    await terminate({ IfUnmodifiedSince: '2026-11-22T10:00:00Z' });
    expect(sent().headers['if-unmodified-since']).toBe('Sun, 22 Nov 2026 10:00:00 GMT');
    expect(sent().headers['if-match']).toBeUndefined();
  });

  test('WhatIf shows method, URL, headers without Authorization and body, and sends nothing', async () => {
    const answer = await terminate({
      TerminationReason: 'over budget',
      TimeOut: 20,
      IfMatch: '0x8DC',
      WhatIf: true,
    });
    expect(answer.fields).toEqual({
      WhatIf: true,
      parameterSet: 'TerminateExpanded',
      method: 'POST',
      url: `${service.endpoint}/jobs/render-7/terminate?api-version=2025-06-01&timeOut=20`,
      headers: {
        accept: 'application/json',
        'client-request-id': fixedId,
        'content-length': '33',
        'content-type': 'application/json; odata=minimalmetadata',
        'if-match': '0x8DC',
        'ocp-date': 'Sun, 22 Nov 2026 10:00:00 GMT',
      },
      body: '{"terminateReason":"over budget"}',
    });
    expect(service.log).toEqual([]);
  });

  test('WhatIf shows the request that is sent without it', async () => {
    const args = { TerminationReason: 'over budget', Force: true, IfUnmodifiedSince: '2026-11-22T10:00:00Z' };
    const whatIf = await terminate({ ...args, WhatIf: true });
    await terminate(args);
    const { method, path, query, headers, body } = sent();
    const url = new URL(String(whatIf.fields.url));
    expect({ method, path, query, body }).toEqual({
      method: whatIf.fields.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: whatIf.fields.body,
    });
    expect(headers).toMatchObject(whatIf.fields.headers as Fields);
  });

  test('WhatIf needs no confirmation, and the call without it does', async () => {
    const { isNeeded } = under.gateOf('AzureTerminateJob');
    expect(await isNeeded?.({ JobId: 'render-7', WhatIf: true }, under.context)).toBe(false);
    expect(await isNeeded?.({ JobId: 'render-7' }, under.context)).toBe(true);
    expect(await isNeeded?.({ JobId: 'render-7', WhatIf: false }, under.context)).toBe(true);
    expect(service.log).toEqual([]);
  });

  test('PassThru is echoed when the termination has been accepted', async () => {
    expect((await terminate({ PassThru: true })).fields).toMatchObject({ accepted: true, PassThru: true });
  });

  test('Confirm is the gate: a preview first, and the call is conditional on its ETag', async () => {
    const args = { JobId: 'render-7', TerminationReason: 'over budget' };
    const seen = await under.gateOf('AzureTerminateJob').preview(args, under.context);
    expect(service.log.every(({ method }) => method === 'GET')).toBe(true);
    service.account.touch('render-7');
    const error = await under
      .run('AzureTerminateJob', args, { approved: seen })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ApiError', code: 'ConditionNotMet' });
    expect(sent().headers['if-match']).toBe(seen.state.eTag);
    expect(service.account.jobs.get('render-7')?.state).toBe('active');
  });

  test('DefaultProfile, Confirm and the common parameters are not arguments of the tool', async () => {
    for (const name of ['DefaultProfile', 'Confirm', 'Verbose', 'Debug', 'ErrorAction']) {
      expect(await refusalOf({ JobId: 'render-7', [name]: true })).toBe(
        `InputError: AzureTerminateJob: Unrecognized key: "${name}"`,
      );
    }
    expect(service.log).toEqual([]);
  });
});

describe('the preview of AzureTerminateJob', () => {
  const preview = (args: Fields = {}) =>
    under.gateOf('AzureTerminateJob').preview({ JobId: 'render-7', ...args }, under.context);

  test('the preview contains state, counts, tasks that remain active, release task, pool, condition and alternatives', async () => {
    expect(await preview({ TerminationReason: 'over budget' })).toEqual({
      target: `job render-7 at ${new URL(service.endpoint).host}`,
      confirmationText: 'render-7',
      state: {
        endpoint: service.endpoint,
        state: 'active',
        eTag: service.account.jobs.get('render-7')?.eTag,
        body: '{"terminateReason":"over budget"}',
      },
      impact: { running: 1, active: 1 },
      consequences: [
        'It is active: 1 task runs, 1 task waits, 1 task is done (1 succeeded, 0 failed). Counts may be slightly out of date.',
        '1 task is ended now and completes with a failure.',
        '1 task remains active permanently and never runs.',
        'Its release task then runs on the nodes, which may take some time.',
        'Its pool remains. Task files stay on the nodes for their retention time, 7 days by default.',
        'Reason: "over budget".',
        'Sent with IfMatch: refused if the job changes first. New or finished tasks do not change the job.',
      ],
      undo: 'It cannot be undone: a terminated job accepts no tasks and never resumes. To pause it instead: AzureDisableJob {"JobId":"render-7","DisableTasks":"requeue"}; AzureEnableJob resumes it.',
    });
  });

  test('running and waiting tasks are counted from the task list, since the counts may be out of date', async () => {
    service.account.addJob({
      id: 'fresh',
      tasks: [{ id: 'a', state: 'preparing' }, { id: 'b', state: 'running' }, { id: 'c' }],
    });
    const counts = { active: 3, running: 0, completed: 0, succeeded: 0, failed: 0 };
    const behind = {
      kind: 'answer',
      path: /taskcounts/,
      status: 200,
      body: JSON.stringify({ taskCounts: counts }),
    } as const;
    service.fail(behind);
    expect((await preview({ JobId: 'fresh' })).impact).toEqual({ running: 2, active: 1 });
    // If one page does not hold all tasks, only the counts are available.
    service.fail(behind);
    const page = {
      value: [{ state: 'running' }],
      'odata.nextLink': `${service.endpoint}/jobs/fresh/tasks?x=1`,
    };
    service.fail({ kind: 'answer', path: /tasks$/, status: 200, body: JSON.stringify(page) });
    expect((await preview({ JobId: 'fresh' })).impact).toEqual({ running: 0, active: 3 });
    service.fail({ ...behind, body: JSON.stringify({ taskCounts: { ...counts, active: 1000 } }) });
    const before = service.log.length;
    expect((await preview({ JobId: 'fresh' })).impact).toEqual({ running: 0, active: 1000 });
    expect(service.calls().slice(before)).toEqual(['GET /jobs/fresh', 'GET /jobs/fresh/taskcounts']);
  });

  test('the preview says that the given IfMatch will fail', async () => {
    expect((await preview({ IfMatch: '0xOLD' })).consequences).toContain(
      'IfMatch is not the current ETag of the job, so the service will refuse with ConditionNotMet.',
    );
  });

  test('a job that is completed, being deleted or being terminated has no preview and is not called', async () => {
    for (const [state, why] of [
      ['completed', 'has already completed.'],
      ['deleting', 'is being deleted.'],
    ] as const) {
      service.account.addJob({ id: state, state });
      expect(await refusalOf({ JobId: state })).toBe(
        `InputError: AzureTerminateJob: JobId: ${state} ${why} Nothing was terminated.`,
      );
    }
    service.account.addJob({ id: 'ending', state: 'terminating', readsUntilCompleted: 9 });
    expect(await refusalOf({ JobId: 'ending' })).toBe(
      'InputError: AzureTerminateJob: JobId: ending is already being terminated; follow it with AzureGetJob. Only if it hangs because nodes are dead, and the user asks for it, repeat the call with Force: true. Nothing was terminated.',
    );
    expect(service.log.some(({ method }) => method === 'POST')).toBe(false);
  });

  test('Force for a job that hangs while terminating is sent, and the service’s response is returned', async () => {
    service.account.addJob({ id: 'ending', state: 'terminating', readsUntilCompleted: 9 });
    expect(await refusalOf({ JobId: 'ending', Force: true })).toContain('JobBeingTerminated');
    expect(sent().query.force).toBe('true');
  });

  test('a request that differs from the preview is not sent', async () => {
    const seen = await preview({ TerminationReason: 'one' });
    const error = await under
      .run('AzureTerminateJob', { JobId: 'render-7', TerminationReason: 'two' }, { approved: seen })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfirmationError);
    expect(service.log.some(({ method }) => method === 'POST')).toBe(false);
  });

  test('after a preview the job is not read again by the tool before the call', async () => {
    const seen = await preview();
    const before = service.log.length;
    await terminate({}, { ...under, run: (tool, args) => under.run(tool, args, { approved: seen }) });
    expect(service.calls().slice(before)).toEqual(['POST /jobs/render-7/terminate', 'GET /jobs/render-7']);
  });
});

describe('AzureTerminateJob after the termination', () => {
  test('wait polls the job every 5 s until it has ended, with progress', async () => {
    service.account.addJob({
      id: 'slow',
      tasks: [{ id: 'a', state: 'running' }, { id: 'b' }],
      readsUntilCompleted: 2,
    });
    const answer = await terminate({ JobId: 'slow', TerminationReason: 'over budget', wait: true });
    expect(answer.summary).toBe('The termination of slow was accepted, and the job has ended.');
    expect(answer.fields).toMatchObject({
      stateBefore: 'active',
      stateNow: 'completed',
      terminateReason: 'over budget',
      tasksNow: { active: 1, running: 0, completed: 1, succeeded: 0, failed: 1 },
      outcome: 'Completed, which does not imply success. Tasks: 1 failed, 1 never ran and remain active.',
    });
    expect(under.pauses).toEqual([5000, 5000]);
    expect(under.progress).toEqual([
      [0, 45, 'slow is terminating; 1 task still runs.'],
      [5, 45, 'slow is terminating; 1 task still runs.'],
    ]);
  });

  test('wait ends before clients time out, and says how to continue', async () => {
    service.account.addJob({ id: 'slow', readsUntilCompleted: 99 });
    const answer = await terminate({ JobId: 'slow', wait: true });
    expect(answer.summary).toBe(
      'The termination of slow was accepted. It has not ended yet: the job is terminating.',
    );
    expect(answer.next).toEqual([
      'AzureGetJob {"JobId":"slow"} shows when it has ended (state completed).',
      "Release tasks may take long. Force is the user's decision, never an automatic next step.",
    ]);
    expect(under.pauses).toHaveLength(9);
  });

  test('wait ends when the caller cancels', async () => {
    service.account.addJob({ id: 'slow', readsUntilCompleted: 99 });
    const gone = new AbortController();
    const target = withSettings({
      pause: async () => {
        gone.abort(new Error('gone'));
      },
    });
    await expect(
      target.run('AzureTerminateJob', { JobId: 'slow', wait: true }, { signal: gone.signal }),
    ).rejects.toThrow('gone');
    expect(service.account.jobs.get('slow')?.state).toBe('terminating');
  });

  test('a job deleted during wait is reported as deleted', async () => {
    service.account.addJob({ id: 'slow', readsUntilCompleted: 99 });
    const target = withSettings({
      pause: async () => {
        service.account.jobs.delete('slow');
      },
    });
    const answer = await target.run('AzureTerminateJob', { JobId: 'slow', wait: true });
    expect(answer.summary).toBe('The termination of slow was accepted; the job has been deleted since.');
    expect(answer.fields).toMatchObject({ accepted: true, stateNow: 'deleted' });
  });

  test('an accepted termination is reported as accepted even if the job cannot be read afterwards', async () => {
    const seen = await under.gateOf('AzureTerminateJob').preview({ JobId: 'render-7' }, under.context);
    service.fail({ method: 'GET', kind: 'answer', status: 400, body: 'odd' });
    const answer = await under.run('AzureTerminateJob', { JobId: 'render-7' }, { approved: seen });
    expect(answer.summary).toBe(
      'The termination of render-7 was accepted. Its current state could not be read.',
    );
    expect(answer.fields).toMatchObject({ accepted: true, stateBefore: 'active' });
  });

  test('the headers of the response 202 are in the answer', async () => {
    const answer = await terminate({});
    expect(answer.fields).toMatchObject({
      DataServiceId: `${service.endpoint}/jobs/render-7/terminate`,
      ETag: service.account.jobs.get('render-7')?.eTag,
      LastModified: new Date(startTime).toUTCString(),
      RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});
