/** Injected faults: what the client sees of each, whether the request was carried out, and who may ask for one. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  draw,
  type FaultPlan,
  parseFaultHeader,
  parseFaultPlan,
} from '../../../src/engine/faults/fault-plan.ts';
import { createRuleChooser, faultHeader } from '../../../src/engine/faults/faults.ts';
import { sign } from '../../../src/tc3/sign.ts';
import { credential, startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
const started: WireEngine[] = [];
const start = async (plan: FaultPlan | undefined = {}) => {
  engine = await startWireEngine({}, plan);
  started.push(engine);
};
const startWithoutFaults = async () => {
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

interface Attempt {
  readonly fault?: string;
  /** Milliseconds by which the client's clock is off. */
  readonly skew?: number;
  readonly secretKey?: string;
  /** Headers that the signature does not cover. */
  readonly unsigned?: Record<string, string>;
}

/** Sends one signed CreateComputeEnv and returns everything that came back. */
const attempt = async ({ fault, skew = 0, secretKey = credential.secretKey, unsigned = {} }: Attempt) => {
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
      headers: fault === undefined ? {} : { [faultHeader]: fault },
    },
    { ...credential, secretKey },
    engine.clock.now + skew,
  );
  const { host: _, ...headers } = signed;
  try {
    const response = await fetch(engine.endpoint, {
      method: 'POST',
      headers: { ...headers, ...unsigned },
      body,
    });
    const type = response.headers.get('content-type');
    const date = response.headers.get('date');
    const text = await response.text().catch(() => 'cut off');
    return { status: response.status, type, date, text };
  } catch {
    return 'no answer';
  }
};
const total = async () => (await engine.call('DescribeComputeEnvs')).response.TotalCount;
const codeIn = (answer: Awaited<ReturnType<typeof attempt>>) =>
  (
    JSON.parse(typeof answer === 'string' ? answer : answer.text) as {
      Response: { Error?: { Code: string } };
    }
  ).Response.Error?.Code;

describe('an injected fault', () => {
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
  ])('%s responds with %s and leaves %i environments', async (fault, code, count) => {
    await start();
    const answer = await attempt({ fault });
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(codeIn(answer)).toBe(code);
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
  ])('%s responds with %j and leaves %i environments', async (fault, seen, count) => {
    await start();
    const answer = await attempt({ fault });
    if (typeof seen === 'string') expect(answer).toBe(seen);
    else expect(answer).toMatchObject(seen);
    expect(await total()).toBe(count);
    expect(engine.faults).toEqual([`CreateComputeEnv ${fault}`]);
  });

  test('too-large responds with the given number of bytes', async () => {
    await start();
    const answer = await attempt({ fault: 'too-large; bytes=1000000' });
    expect(typeof answer === 'string' ? 0 : answer.text.length).toBeGreaterThan(1_000_000);
    expect(await total()).toBe(1);
  });

  test('clock-skew shows in the Date of the response, and a client that corrects its clock by it succeeds', async () => {
    await start();
    const fault = 'clock-skew; seconds=900';
    const refused = await attempt({ fault });
    const date = typeof refused === 'string' ? '' : (refused.date ?? '');
    expect(Date.parse(date) - engine.clock.now).toBe(900_000);
    expect(codeIn(await attempt({ fault, skew: Date.parse(date) - engine.clock.now }))).toBeUndefined();
  });
});

describe('a fault header', () => {
  test('has no effect on an engine without a fault plan', async () => {
    await startWithoutFaults();
    expect(codeIn(await attempt({ fault: 'throttling' }))).toBeUndefined();
    expect(await total()).toBe(1);
    expect(engine.faults).toEqual([]);
  });
  test('does not let an old signature pass on an engine without a fault plan', async () => {
    await startWithoutFaults();
    const month = 30 * 24 * 3600;
    const answer = await attempt({ fault: `clock-skew; seconds=-${month}`, skew: -month * 1000 });
    expect(codeIn(answer)).toBe('AuthFailure.SignatureExpire');
  });
  test('cannot set the clock back by more than an hour', async () => {
    await start();
    expect(codeIn(await attempt({ fault: 'clock-skew; seconds=-3601', skew: -3_601_000 }))).toBe(
      'InvalidParameter',
    );
  });
  test('is refused when the signature does not cover it', async () => {
    await start();
    const answer = await attempt({ unsigned: { [faultHeader]: 'reset-before' } });
    expect(codeIn(answer)).toBe('AuthFailure.InvalidAuthorization');
    expect(engine.faults).toEqual([]);
  });
  test.each(['reset-before', 'too-large', 'clock-skew; seconds=1', 'nonsense'])(
    'that asks for %s is ignored when the signature is wrong',
    async (fault) => {
      await start();
      expect(codeIn(await attempt({ fault, secretKey: 'wrong' }))).toBe('AuthFailure.SignatureFailure');
      expect(engine.faults).toEqual([]);
    },
  );
  test('has no effect on a request from a web page', async () => {
    await start();
    const answer = await attempt({ fault: 'reset-before', unsigned: { Origin: 'http://example.com' } });
    expect(codeIn(answer)).toBe('UnauthorizedOperation');
  });
});

test('the rules of a plan affect authenticated requests only', async () => {
  await start({ rules: [{ fault: 'throttling', times: 1 }] });
  expect(codeIn(await attempt({ secretKey: 'wrong' }))).toBe('AuthFailure.SignatureFailure');
  expect(codeIn(await attempt({}))).toBe('RequestLimitExceeded');
  expect(codeIn(await attempt({}))).toBeUndefined();
});

describe('a plan', () => {
  const chosen = (plan: FaultPlan, ...actions: string[]) => {
    const choose = createRuleChooser(plan);
    return actions.map((action) => choose(action)?.fault ?? '-');
  };
  const many = (action: string, count: number) => Array.from({ length: count }, () => action);

  test('hits only the actions it names, after the given number of requests and at most the given number of times', () => {
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
  test('is decided by the first rule that hits', () => {
    const plan: FaultPlan = { rules: [{ fault: 'garbage', times: 1 }, { fault: 'reset-after' }] };
    expect(chosen(plan, ...many('DescribeJob', 3))).toEqual(['garbage', 'reset-after', 'reset-after']);
  });
  test('hits the same requests for the same seed and others for another seed', () => {
    const plan = (seed: number): FaultPlan => ({ seed, rules: [{ fault: 'reset-after', probability: 0.5 }] });
    const [one, same, other] = [1, 1, 2].map((seed) => chosen(plan(seed), ...many('SubmitJob', 64)));
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });
  test('hits about the share of requests it names', () => {
    for (const seed of [0, 1, 2026]) {
      const hits = Array.from({ length: 10_000 }, (_, n) => draw(seed, 0, n)).filter(
        (value) => value < 0.2,
      ).length;
      expect(Math.abs(hits / 10_000 - 0.2)).toBeLessThan(0.02);
    }
  });
  test('with mistakes is refused with all of them', () => {
    const text = JSON.stringify({
      rules: [{ fault: 'fire' }, { fault: 'latency', actions: ['Nothing'] }],
      zone: {},
    });
    expect(() => parseFaultPlan(text, 'plan.json')).toThrowError(
      /^plan\.json is not a fault plan as described in docs\/engine\.md: .*rules\.0\.fault: .*rules\.1\.actions\.0: .*zone/s,
    );
    expect(() => parseFaultPlan('{', 'plan.json')).toThrowError(/^plan\.json is not JSON/);
  });
  test('is read completely', () => {
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

test('a fault header names one fault and its settings', () => {
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
