/** The isolate of a script: what it can do, what it cannot, and that every limit ends it. */
import { describe, expect, test } from 'vitest';
import { type IsolateOptions, type IsolateResult, runIsolated } from '../../../src/mcp/script/isolate.ts';
import { isTooDeep, scriptLimits } from '../../../src/mcp/script/script-limits.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const limits = scriptLimits;
/** So that the tests of this limit end sooner. On a busy machine even a short script needs more. */
const brief = { ...limits, cpuMs: 300, cpuGraceMs: 200 };
const echo = async (name: string, args: string): Promise<string> =>
  JSON.stringify({ value: { name, args: JSON.parse(args) } });

const run = (script: string, more: Partial<IsolateOptions> = {}): Promise<IsolateResult> =>
  runIsolated({
    script,
    functions: ['Echo'],
    pages: { Pages: { list: 'Items', total: 'TotalCount', limit: 2 } },
    now,
    limits,
    signal: new AbortController().signal,
    call: echo,
    ...more,
  });
const resultOf = async (script: string, more?: Partial<IsolateOptions>): Promise<unknown> => {
  const { value, failure } = await run(script, more);
  expect(failure).toBeUndefined();
  return JSON.parse(value ?? 'null');
};
const thrownBy = async (script: string, more?: Partial<IsolateOptions>) => {
  const { failure } = await run(script, more);
  return failure?.reason === 'thrown' ? failure.error : failure;
};

describe('a script', () => {
  test('is the body of an async function, or one expression', async () => {
    expect(await resultOf('const a = await Echo({ x: 1 }); return a.args.x + 1')).toBe(2);
    expect(await resultOf('await Echo({ x: 1 });')).toEqual({ name: 'Echo', args: { x: 1 } });
    expect(await resultOf('async () => (await Echo()).args')).toEqual({});
    expect(await resultOf('const x = 1;')).toBeNull();
  });

  test('makes several calls at once, and a list of promises is awaited', async () => {
    const answers: (() => void)[] = [];
    // No call is answered before the third has been made.
    const call = (_: string, args: string): Promise<string> =>
      new Promise((resolve) => {
        answers.push(() => resolve(JSON.stringify({ value: JSON.parse(args) })));
        if (answers.length === 3) for (const answer of answers) answer();
      });
    expect(await resultOf('return [1, 2, 3].map((n) => Echo({ n }))', { call })).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
  });

  test('makes the calls that it does not await, too', async () => {
    const made: string[] = [];
    const call = async (name: string): Promise<string> => {
      made.push(name);
      return '{"value":1}';
    };
    expect(await resultOf('Echo().then(() => Echo()); return 5', { call })).toBe(5);
    expect(made).toEqual(['Echo', 'Echo']);
  });

  test('reads a list page by page with all()', async () => {
    const offsets: unknown[] = [];
    const call = async (_: string, args: string): Promise<string> => {
      const { Offset, Limit } = JSON.parse(args) as { Offset: number; Limit: number };
      offsets.push([Offset, Limit]);
      return JSON.stringify({
        value: { Items: [1, 2, 3, 4, 5].slice(Offset, Offset + Limit), TotalCount: 5 },
      });
    };
    const more = { call, functions: ['Pages', 'Echo'] };
    expect(await resultOf('return all("Pages")', more)).toEqual([1, 2, 3, 4, 5]);
    expect(offsets).toEqual([
      [0, 2],
      [2, 2],
      [4, 2],
    ]);
    expect(await resultOf('return all(Pages)', more)).toHaveLength(5);
    expect(await thrownBy('return all("Echo")', more)).toMatchObject({
      name: 'TypeError',
      message: 'all() takes one of Pages; it was Echo.',
    });
  });

  test('receives the error of a call with its fields and the line of the call', async () => {
    const call = async () =>
      JSON.stringify({ error: { name: 'ApiError', message: 'gone', code: 'ResourceNotFound.Job' } });
    expect(
      await resultOf('try { await Echo() } catch (e) { return [e.name, e.code, e instanceof Error] }', {
        call,
      }),
    ).toEqual(['ApiError', 'ResourceNotFound.Job', true]);
    const error = await thrownBy('const a = 1;\n\nawait Echo();', { call });
    expect(error).toMatchObject({ name: 'ApiError', message: 'gone', code: 'ResourceNotFound.Job' });
    expect(error).toHaveProperty('stack', expect.stringContaining('script:3'));
  });

  test('prints up to a limit', async () => {
    const { log, isLogCut } = await run('console.log("a", { b: 1 }, new Set([2])); console.error("c")');
    expect([log, isLogCut]).toEqual(['a {"b":1} [2]\nc\n', false]);
    const flood = await run('for (let i = 0; i < 1e4; i++) console.log("x".repeat(100))');
    expect([flood.log.length, flood.isLogCut]).toEqual([limits.logLength, true]);
  });

  test('has a clock that is fixed at the start of the call, in UTC, and random numbers that repeat', async () => {
    const script =
      'return [Date.now(), new Date().toISOString(), new Date(2026, 0, 1).toISOString(), new Date().getTimezoneOffset(), Math.random()]';
    const first = await resultOf(script);
    expect(first).toEqual([
      now,
      '2026-11-26T12:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
      0,
      expect.any(Number),
    ]);
    expect(await resultOf(script)).toEqual(first);
  });

  test('keeps nothing for the next one', async () => {
    await run('globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = null');
    expect(await resultOf('return [typeof left, ({}).left ?? null, typeof [].map]')).toEqual([
      'undefined',
      null,
      'function',
    ]);
  });
});

describe('outside the isolate a script reaches nothing', () => {
  test('none of the globals of Node or of a browser exists', async () => {
    const names = [
      'process',
      'require',
      'module',
      'Buffer',
      'fetch',
      'setTimeout',
      'setInterval',
      'queueMicrotask',
      'performance',
      'WebAssembly',
      'Worker',
      'XMLHttpRequest',
      'std',
      'os',
      'scriptArgs',
      'print',
      'navigator',
      'structuredClone',
    ];
    expect(await resultOf(`return ${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual(
      [],
    );
  });

  test.each([
    ['the constructor of a function', 'return Echo.constructor("return typeof process + typeof require")()'],
    [
      'the constructor of a promise of a call',
      'const p = Echo(); return p.constructor.constructor("return typeof process + typeof require")()',
    ],
    [
      'the constructor of an answer',
      'const a = await Echo(); return a.constructor.constructor("return typeof process + typeof require")()',
    ],
    [
      'the constructor of an error',
      'try { all(1) } catch {} const e = await all(1).catch((e) => e); return e.constructor.constructor("return typeof process + typeof require")()',
    ],
    [
      'the caller of a function',
      'return (() => { try { return typeof Echo.caller + typeof arguments } catch { return "undefinedundefined" } })().slice(0, 9) + "undefined"',
    ],
    ['indirect eval', 'return (0, eval)("typeof process + typeof require")'],
  ])('by %s', async (_, script) => {
    expect(await resultOf(script)).toBe('undefinedundefined');
  });

  test('by import', async () => {
    for (const name of ['fs', 'node:fs', './script-worker.js', 'file:///etc/passwd']) {
      expect(await thrownBy(`return (await import(${JSON.stringify(name)})).default`)).toMatchObject({
        name: expect.stringContaining('Error'),
      });
    }
  });

  test('by the stack of an error', async () => {
    const stack = await resultOf(
      'Error.prepareStackTrace = (_, frames) => frames; try { null.x } catch (e) { return e.stack }',
    );
    expect(stack).toBeTypeOf('string');
    expect(stack).not.toMatch(/node_modules|\.ts|\/|node:/);
  });

  test('prototypes of this process stay as they are', async () => {
    const script =
      'return JSON.parse(\'{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}\')';
    const value = await resultOf(script);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(Object.keys(value as object)).toContain('__proto__');
    expect(await resultOf('Object.prototype.polluted = 1; await Echo({}); return 1')).toBe(1);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('arguments are read once, as JSON', () => {
  test('getters, proxies and toJSON run inside, before the call', async () => {
    const received: string[] = [];
    const call = async (_: string, args: string): Promise<string> => {
      received.push(args);
      return '{"value":1}';
    };
    await run(
      `let n = 0;
       await Echo({ get JobId() { n += 1; return 'job-' + n } });
       await Echo(new Proxy({ a: 1 }, { get: (t, k) => (k === 'toJSON' ? undefined : t[k]) }));
       await Echo({ toJSON: () => ({ b: 2 }) });
       const args = { c: 3 }; const p = Echo(args); args.c = 4; await p;
       await Echo(undefined); await Echo(() => 1)`,
      { call },
    );
    expect(received).toEqual(['{"JobId":"job-1"}', '{"a":1}', '{"b":2}', '{"c":3}', '{}', 'null']);
  });

  test('what cannot be written as JSON is an error of the script', async () => {
    expect(await thrownBy('const a = {}; a.a = a; await Echo(a)')).toMatchObject({ name: 'TypeError' });
    expect(await thrownBy('return [[Echo()]]')).toMatchObject({
      message: 'The result contains a promise: await it first.',
    });
    expect(await thrownBy('return { toJSON() { throw new Error("x") } }')).toMatchObject({ message: 'x' });
    expect(await thrownBy('throw { get message() { throw 1 } }')).toBeUndefined();
    expect(await thrownBy('throw null')).toMatchObject({ message: 'null' });
  });

  test('a script that breaks the prelude breaks itself only', async () => {
    const { failure, value } = await run(
      'Promise.prototype.then = () => { throw new Error("t") }; JSON.stringify = () => "x"; JSON.parse = null; Array.prototype[Symbol.iterator] = null; return (await Echo({ a: 1 })).args',
    );
    expect(failure?.reason ?? value).toBeDefined();
    expect(
      await resultOf(
        'Object.defineProperty(Object.prototype, "then", { get() { return undefined } }); return 1',
      ),
    ).toBe(1);
    expect(await resultOf('return { then(resolve) { resolve(7) } }')).toBe(7);
    expect(await run('return { then() {} }')).toMatchObject({ failure: { reason: 'stuck' } });
  });
});

describe('each limit ends the script with its reason', () => {
  test.each([
    ['an endless loop', 'for (;;) {}'],
    [
      'an endless loop that catches everything',
      'for (;;) { try { for (;;) {} } catch {} finally { for (;;) {} } }',
    ],
    ['a loop inside the engine', 'new Array(4294967295).indexOf(1)'],
    ['a string that takes long to build', 'return new Array(2 ** 27).join("x").length'],
    ['a regular expression that backtracks', 'return /^(a+)+$/.test("a".repeat(40) + "b")'],
    ['an endless chain of promises', 'const f = () => Promise.resolve().then(f); await f()'],
    ['an endless async loop', 'for (;;) await 0'],
    ['garbage without end', 'for (;;) { const a = {}; a.a = a }'],
    ['an endless loop in toJSON', 'return { toJSON() { for (;;) {} } }'],
    ['an endless loop in the arguments of a call', 'await Echo({ get x() { for (;;) {} } })'],
    ['an endless generator', 'function* g() { for (;;) yield 1 } return [...g()].length'],
  ])('the time to compute: %s', async (_, script) => {
    const { failure } = await run(script, { limits: brief });
    // Memory may be used up before the time is.
    expect(failure?.reason === 'thrown' ? failure.error?.message : failure?.reason).toMatch(
      /^(cpu|out of memory)$/,
    );
  });

  test('the time to compute is that of the script, without the time in which its thread loads', async () => {
    const none = { ...limits, cpuMs: 0, cpuGraceMs: 60_000 };
    expect((await run('for (;;) {}', { limits: none })).failure).toEqual({ reason: 'cpu' });
  });

  test.each([
    ['endless recursion', 'const f = () => f() + 1; f()'],
    ['recursion by toString', 'const o = { toString() { return "" + o } }; return "" + o'],
    ['recursion by sort', 'const f = () => [2, 1].sort(f); f()'],
    ['recursion by generators', 'function* g() { yield* g() } [...g()]'],
    ['JSON nested too deeply', 'JSON.parse("[".repeat(1e6))'],
    ['source nested too deeply', 'eval("[".repeat(1e6))'],
    ['a deep chain of proxies', 'let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {}); return p.x'],
    ['a regular expression nested too deeply', 'new RegExp("(?:".repeat(1e6))'],
  ])('the stack: %s', async (_, script) => {
    expect(await thrownBy(script)).toMatchObject({
      message: expect.stringMatching(/stack overflow|too many|out of memory|expecting/),
    });
  });

  test.each([
    ['many arrays', 'const a = []; for (;;) a.push(new Array(1000).fill(1))'],
    ['bound functions', 'let g = () => 1; for (let i = 0; i < 1e7; i++) g = g.bind(null)'],
    ['one buffer', 'new ArrayBuffer(2 ** 31 - 1)'],
    ['one shared buffer', 'new SharedArrayBuffer(2 ** 28)'],
    ['a long string', 'let s = "x"; for (;;) s += s'],
    ['a padded string', '"x".padEnd(2 ** 29)'],
    ['a large integer', 'let x = 3n; for (;;) x *= x'],
    ['characters', '"a".repeat(3e6).split("")'],
    ['a flood of promises', 'const a = []; for (;;) a.push(new Promise(() => {}))'],
  ])('the memory: %s', async (_, script) => {
    const failure = await thrownBy(script);
    expect(failure).toMatchObject(
      'reason' in (failure ?? {})
        ? { reason: 'cpu' }
        : { message: expect.stringMatching(/out of memory|too long|too large|invalid string/) },
    );
  });

  test('the number of calls: a million calls at once', async () => {
    let made = 0;
    const call = async (): Promise<string> => {
      made += 1;
      return '{"value":1}';
    };
    const script =
      'let no = 0; for (let i = 0; i < 1e6; i++) { try { Echo().catch(() => { no += 1 }) } catch { no += 1 } } return no';
    const { failure, value } = await run(script, { call });
    expect(made).toBeLessThanOrEqual(limits.calls);
    expect(failure?.reason ?? value).toBeDefined();
    const error = await thrownBy(`for (let i = 0; i < ${limits.calls + 1}; i++) await Echo()`);
    expect(error).toMatchObject({
      name: 'RangeError',
      message: expect.stringContaining(`may make ${limits.calls} calls`),
    });
  });

  test('the size of arguments and result', async () => {
    expect(await thrownBy('await Echo({ x: "x".repeat(300000) })')).toMatchObject({
      message: expect.stringContaining('Arguments may have 200000 characters'),
    });
    expect((await run('return "x".repeat(500000)')).failure).toEqual({
      reason: 'result',
      length: 500_002,
    });
  });

  test('the time of the whole script, and a promise that nothing resolves', async () => {
    const call = () => new Promise<string>(() => {});
    expect((await run('await Echo()', { call, limits: { ...limits, wallMs: 300 } })).failure).toEqual({
      reason: 'wall',
    });
    expect((await run('await new Promise(() => {})')).failure).toMatchObject({ reason: 'stuck' });
  });

  test('a cancelled script ends at once, also while it computes', async () => {
    for (const script of ['for (;;) {}', 'await Echo()', 'new Array(4294967295).indexOf(1)']) {
      const controller = new AbortController();
      const call = () => new Promise<string>(() => {});
      const running = run(script, { call, signal: controller.signal, limits: { ...limits, cpuMs: 60_000 } });
      setImmediate(() => controller.abort(new Error('cancelled')));
      await expect(running).rejects.toThrow('cancelled');
    }
  });
});

test('the end of the session ends a script, with what it printed', async () => {
  const closing = new AbortController();
  const call = () => {
    closing.abort();
    return new Promise<string>(() => {});
  };
  const { failure, log } = await run('console.log(1); await Echo()', { call, closing: closing.signal });
  expect([failure, log]).toEqual([{ reason: 'closing' }, '1\n']);
  expect((await run('return 1', { closing: closing.signal })).failure).toEqual({ reason: 'closing' });
});

test('nesting is counted outside strings', () => {
  expect(isTooDeep('[[1]]', 2)).toBe(false);
  expect(isTooDeep('[[[1]]]', 2)).toBe(true);
  expect(isTooDeep('{"[[[[\\"[[[": [1]}', 2)).toBe(false);
});
