/** Faults that are injected on purpose: what the client sees of each, and whether the request was carried out. */
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  draw,
  type FaultPlan,
  parseFaultHeader,
  parseFaultPlan,
} from '../../../src/engine/faults/fault-plan.ts';
import { createFaults } from '../../../src/engine/faults/faults.ts';
import { sign } from '../../../src/tc3/sign.ts';
import { credential, startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
const started: WireEngine[] = [];
const start = async () => {
  engine = await startWireEngine();
  started.push(engine);
};
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

const create = {
  Placement: { Zone: 'ap-guangzhou-2' },
  ComputeEnv: { EnvName: 'e', DesiredComputeNodeCount: 0 },
};
/** Sends one signed CreateComputeEnv and tells everything that came back, or that nothing did. */
const attempt = async (headers: Record<string, string>, skewOfClient = 0) => {
  const body = JSON.stringify(create);
  const signed = sign(
    {
      method: 'POST',
      host: engine.host,
      service: 'batch',
      action: 'CreateComputeEnv',
      version: '2017-03-12',
      region: 'ap-guangzhou',
      body,
    },
    credential,
    engine.clock.now + skewOfClient,
  );
  const { host: _, ...rest } = signed;
  try {
    const response = await fetch(engine.endpoint, { method: 'POST', headers: { ...rest, ...headers }, body });
    const type = response.headers.get('content-type');
    const date = response.headers.get('date');
    const text = await response.text().catch(() => 'cut off');
    return { status: response.status, type, date, text };
  } catch {
    return 'no answer';
  }
};
const total = async () => (await engine.call('DescribeComputeEnvs')).response.TotalCount;
const codeIn = (text: string) =>
  (JSON.parse(text) as { Response: { Error?: { Code: string } } }).Response.Error?.Code;

describe('what each fault does', () => {
  test.each([
    ['throttling', 'RequestLimitExceeded', 0],
    ['internal-error', 'InternalError', 0],
    ['internal-error-after', 'InternalError', 1],
    ['error; code=ResourceInsufficient', 'ResourceInsufficient', 0],
    ['latency; milliseconds=1', undefined, 1],
    ['clock-skew; seconds=300', undefined, 1],
    ['clock-skew; seconds=301', 'AuthFailure.SignatureExpire', 0],
    ['nonsense', 'InvalidParameter', 0],
    ['latency; milliseconds=x', 'InvalidParameter', 0],
  ])('%s answers %s, and there are %i environments afterwards', async (fault, code, count) => {
    await start();
    const answer = await attempt({ 'X-Batch-MCP-Fault': fault });
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(codeIn(typeof answer === 'string' ? '' : answer.text)).toBe(code);
    expect(await total()).toBe(count);
  });

  test.each([
    ['reset-before', 'no answer', 0],
    ['reset-after', 'no answer', 1],
    ['half-answer', { status: 200, type: 'application/json', text: 'cut off' }, 1],
    [
      'garbage',
      { status: 200, type: 'application/json', text: '<html><body>502 Bad Gateway</body></html>' },
      1,
    ],
    ['wrong-content-type', { status: 200, type: 'text/html; charset=utf-8' }, 1],
  ])('%s gives %j, and there are %i environments afterwards', async (fault, seen, count) => {
    await start();
    const answer = await attempt({ 'X-Batch-MCP-Fault': fault });
    if (typeof seen === 'string') expect(answer).toBe(seen);
    else expect(answer).toMatchObject(seen);
    expect(await total()).toBe(count);
    expect(engine.records[0]).toMatchObject({ action: 'CreateComputeEnv', fault });
  });

  test('too-large answers with as many bytes as it is told', async () => {
    await start();
    const answer = await attempt({ 'X-Batch-MCP-Fault': 'too-large; bytes=1000000' });
    expect(typeof answer === 'string' ? 0 : answer.text.length).toBeGreaterThan(1_000_000);
    expect(await total()).toBe(1);
  });

  test('a skewed clock shows in the Date of the answer, and a client that corrects by it is heard', async () => {
    await start();
    const fault = { 'X-Batch-MCP-Fault': 'clock-skew; seconds=900' };
    const refused = await attempt(fault);
    const date = typeof refused === 'string' ? '' : (refused.date ?? '');
    expect(Date.parse(date) - engine.clock.now).toBe(900_000);
    const heard = await attempt(fault, Date.parse(date) - engine.clock.now);
    expect(codeIn(typeof heard === 'string' ? '' : heard.text)).toBeUndefined();
  });
});

describe('a plan', () => {
  const request = (action: string) => ({
    method: 'POST',
    url: '/',
    headers: { 'x-tc-action': [action] },
    body: Buffer.alloc(0),
    tooLarge: false,
  });
  const chosen = (plan: FaultPlan, ...actions: string[]) => {
    const choose = createFaults(plan);
    return actions.map((action) => choose(request(action))?.fault ?? '-');
  };
  const many = (action: string, count: number) => Array.from({ length: count }, () => action);

  test('hits only the actions it names, after as many as it says and as often as it says', () => {
    const plan: FaultPlan = { rules: [{ fault: 'throttling', actions: ['SubmitJob'], after: 1, times: 2 }] };
    expect(chosen(plan, 'SubmitJob', 'DescribeJob', ...many('SubmitJob', 4))).toEqual([
      '-',
      '-',
      'throttling',
      'throttling',
      '-',
      '-',
    ]);
  });
  test('lets the first rule decide that hits', () => {
    const plan: FaultPlan = { rules: [{ fault: 'garbage', times: 1 }, { fault: 'reset-after' }] };
    expect(chosen(plan, ...many('DescribeJob', 3))).toEqual(['garbage', 'reset-after', 'reset-after']);
  });
  test('hits the same requests for the same seed, others for another', () => {
    const plan = (seed: number): FaultPlan => ({ seed, rules: [{ fault: 'reset-after', probability: 0.5 }] });
    const [one, same, other] = [1, 1, 2].map((seed) => chosen(plan(seed), ...many('SubmitJob', 64)));
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });
  test('hits about the share it names', () => {
    for (const seed of [0, 1, 2026]) {
      const hits = Array.from({ length: 10_000 }, (_, n) => draw(seed, 0, n)).filter(
        (value) => value < 0.2,
      ).length;
      expect(Math.abs(hits / 10_000 - 0.2)).toBeLessThan(0.02);
    }
  });
  test('can find the action in a form of the older signature', () => {
    const choose = createFaults({ rules: [{ fault: 'garbage', actions: ['DescribeJobs'] }] });
    const form = { ...request(''), headers: {}, body: Buffer.from('Action=DescribeJobs&Limit=1') };
    expect(choose(form)?.fault).toBe('garbage');
  });
  test('is refused with every mistake named', () => {
    const text = JSON.stringify({
      rules: [{ fault: 'fire' }, { fault: 'latency', actions: ['Nothing'] }],
      zone: {},
    });
    expect(() => parseFaultPlan(text, 'plan.json')).toThrowError(
      /^plan\.json does not describe faults as docs\/engine\.md shows: .*rules\.0\.fault: .*rules\.1\.actions\.0: .*zone/s,
    );
    expect(() => parseFaultPlan('{', 'plan.json')).toThrowError(/^plan\.json is not JSON/);
  });
  test('is read whole', () => {
    const plan: FaultPlan = {
      seed: 7,
      zones: { 'ap-guangzhou-7': 'sold-out' },
      rules: [
        {
          fault: 'latency',
          actions: ['DescribeJob'],
          probability: 0.1,
          after: 1,
          times: 3,
          milliseconds: 20,
        },
      ],
    };
    expect(parseFaultPlan(JSON.stringify(plan), 'plan.json')).toEqual(plan);
  });
});

test('a header names one fault and its settings', () => {
  expect(
    [
      'latency;milliseconds=20',
      'clock-skew; seconds=-400',
      'error; code=InternalError',
      'latency; times=1',
      '',
    ].map(parseFaultHeader),
  ).toEqual([
    { fault: 'latency', milliseconds: 20 },
    { fault: 'clock-skew', seconds: -400 },
    { fault: 'error', code: 'InternalError' },
    undefined,
    undefined,
  ]);
});

test('a request that is not a client’s of this machine gets no fault, not even by header', async () => {
  await start();
  const port = Number(engine.host.split(':')[1]);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.write(
      'GET / HTTP/1.1\r\nHost: example.com\r\nX-Batch-MCP-Fault: reset-before\r\nConnection: close\r\n\r\n',
    );
  });
  expect(answer).toContain('UnauthorizedOperation');
});
