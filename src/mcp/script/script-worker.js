/**
 * The thread of one script: QuickJS in WebAssembly, which has separate memory and no imports but a call to this
 * program. Plain JavaScript, because a thread is started from a file and the tests run the sources.
 * Nothing but strings crosses the border between the script and this program: arguments and results are JSON that the
 * isolate writes and reads, so no object of the script is ever touched here, and no object of this program there.
 */
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { brotliDecompressSync } from 'node:zlib';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import { prelude } from './script-prelude.js';

/**
 * @typedef {import('quickjs-emscripten-core').QuickJSHandle} Handle
 * @typedef {import('quickjs-emscripten-core').QuickJSContext} Vm
 * @typedef {import('quickjs-emscripten-core').QuickJSDeferredPromise} Deferred
 * @typedef {import('node:worker_threads').MessagePort} Port
 * @typedef {object} Start
 * @property {string} wasmFile QuickJS
 * @property {string} script
 * @property {string} config JSON for the prelude
 * @property {number} now the clock of the script, in milliseconds since 1970; it does not advance
 * @property {import('./script-limits.ts').ScriptLimits} limits
 */

/** @type {Start} */
const { wasmFile, script, config, now, limits } = workerData;
const elapsed = performance.now.bind(performance);

/** By the WebAssembly specification. */
const pageBytes = 65_536;

const outOfMemory = JSON.stringify({ name: 'InternalError', message: 'out of memory', stack: '' });

/** WebAssembly asks this thread for the time: it receives the start of the call, in UTC. Also seeds Math.random. */
const fixClock = () => {
  Date.now = () => now;
  for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
    Reflect.set(Date.prototype, `get${part}`, Reflect.get(Date.prototype, `getUTC${part}`));
  }
  Date.prototype.getTimezoneOffset = () => 0;
};

/** Measures the time that the script computes; neither its calls nor the start of QuickJS, slow on a busy machine, count. */
const createStopwatch = () => {
  let usedMs = 0;
  /** @type {number | undefined} undefined while the script does not compute */
  let since;
  let isExhausted = false;
  const runMs = () => (since === undefined ? 0 : elapsed() - since);
  return {
    start: () => {
      since = elapsed();
    },
    stop: () => {
      usedMs += runMs();
      since = undefined;
    },
    check: () => {
      isExhausted ||= usedMs + runMs() > limits.cpuMs;
      return isExhausted;
    },
    isExhausted: () => isExhausted,
  };
};

/** @param {ReturnType<typeof createStopwatch>} stopwatch */
const openVm = async (stopwatch) => {
  // setMemoryLimit of QuickJS counts only part of what is allocated; the maximum of the memory itself always holds.
  const wasmMemory = new WebAssembly.Memory({ initial: 256, maximum: limits.memoryPages });
  // What WebAssembly prints must not reach stdout, which belongs to the protocol.
  const emscriptenModule = { print: () => {}, printErr: () => {} };
  const bytes = await readFile(wasmFile);
  // Copied, because the memory behind a Buffer may be a part of a larger one.
  const wasmBinary = new Uint8Array(wasmFile.endsWith('.br') ? brotliDecompressSync(bytes) : bytes).buffer;
  const quickjs = await newQuickJSWASMModuleFromVariant(
    newVariant(variant, { wasmBinary, wasmMemory, emscriptenModule }),
  );
  const runtime = quickjs.newRuntime();
  runtime.setMaxStackSize(limits.stackBytes);
  runtime.setInterruptHandler(stopwatch.check);
  // The last tenth may be too small for what is asked for.
  const isFull = () => wasmMemory.buffer.byteLength > 0.9 * limits.memoryPages * pageBytes;
  return { runtime, vm: runtime.newContext(), isFull };
};

/**
 * The two functions of this program that the isolate can call.
 * @param {Vm} vm
 * @param {Port} port
 * @param {Map<number, Deferred>} pending calls without an answer
 */
const hostFunctionsOf = (vm, port, pending) => {
  let calls = 0;
  let printed = 0;
  const send = vm.newFunction('send', (name, args) => {
    calls += 1;
    if (calls > limits.calls) {
      throw new RangeError(
        `A script may make ${limits.calls} calls, and this is one more. Narrow it with filters, or use several scripts.`,
      );
    }
    const text = vm.getString(args);
    if (text.length > limits.argumentLength) {
      throw new RangeError(
        `Arguments may have ${limits.argumentLength} characters; these have ${text.length}.`,
      );
    }
    const deferred = vm.newPromise();
    pending.set(calls, deferred);
    port.postMessage({ kind: 'call', id: calls, name: vm.getString(name), args: text });
    return deferred.handle;
  });
  const print = vm.newFunction('print', (line) => {
    const text = vm.getString(line);
    const part = text.slice(0, Math.max(0, limits.logLength - printed));
    printed += text.length;
    port.postMessage({ kind: 'log', text: part, isCut: part.length < text.length });
  });
  return { send, print };
};

/**
 * Runs the prelude.
 * @param {Vm} vm
 * @param {{ send: Handle, print: Handle }} functions
 */
const loadPrelude = (vm, { send, print }) => {
  const boot = vm.unwrapResult(vm.evalCode(prelude, 'prelude', { strict: true }));
  const kit = vm.unwrapResult(vm.callFunction(boot, vm.undefined, send, print, vm.newString(config)));
  // Read before the script runs, which could replace them.
  const [begin, encode, describe] = ['begin', 'encode', 'describe'].map((name) => vm.getProp(kit, name));
  /** @type {(part: Handle | undefined, value: Handle) => ReturnType<Vm['callFunction']>} */
  const apply = (part, value) => vm.callFunction(part ?? vm.undefined, vm.undefined, value);
  return {
    begin: (/** @type {Handle} */ value) => apply(begin, value),
    encode: (/** @type {Handle} */ value) => apply(encode, value),
    describe: (/** @type {Handle} */ value) => apply(describe, value),
  };
};

/**
 * As an expression first, so that `await all('DescribeJobs')` needs no return; otherwise as the body of a function.
 * @param {Vm} vm
 */
const compile = (vm) => {
  const expression = `(async()=>(${script.trim().replace(/;$/, '')}\n))`;
  const isExpression = !vm.evalCode(expression, 'script', { compileOnly: true, strict: true }).error;
  return vm.evalCode(isExpression ? expression : `(async()=>{${script}\n})`, 'script', { strict: true });
};

/**
 * What is reported at the end.
 * @param {Vm} vm
 * @param {ReturnType<typeof loadPrelude>} kit
 * @param {ReturnType<typeof createStopwatch>} stopwatch
 * @param {() => boolean} isFull whether the memory is used up
 */
const reportsOf = (vm, kit, stopwatch, isFull) => {
  const failureOf = (/** @type {Handle} */ error) => {
    if (stopwatch.isExhausted()) return { kind: 'failed', reason: 'cpu' };
    // QuickJS throws null where the memory does not even suffice for an error.
    if (isFull() && vm.sameValue(error, vm.null))
      return { kind: 'failed', reason: 'thrown', error: outOfMemory };
    const described = kit.describe(error);
    const text = described.error ? undefined : vm.getString(described.value);
    return stopwatch.isExhausted()
      ? { kind: 'failed', reason: 'cpu' }
      : { kind: 'failed', reason: 'thrown', error: text };
  };
  const resultOf = (/** @type {Handle} */ value) => {
    const encoded = kit.encode(value);
    if (encoded.error) return failureOf(encoded.error);
    const text = vm.getString(encoded.value);
    return text.length > limits.resultLength
      ? { kind: 'failed', reason: 'result', length: text.length }
      : { kind: 'done', value: text };
  };
  return { failureOf, resultOf };
};

/** @param {Port} port */
const run = async (port) => {
  fixClock();
  const stopwatch = createStopwatch();
  const { runtime, vm, isFull } = await openVm(stopwatch);
  /** @type {Map<number, Deferred>} */
  const pending = new Map();
  const kit = loadPrelude(vm, hostFunctionsOf(vm, port, pending));
  const { failureOf, resultOf } = reportsOf(vm, kit, stopwatch, isFull);

  /** Runs what can run now. @returns what came of it */
  const advance = (/** @type {Handle} */ main) => {
    for (;;) {
      // In portions: the handler that checks the time is not called between two short jobs.
      const ran = runtime.executePendingJobs(1_000);
      if (ran.error) return failureOf(ran.error);
      if (stopwatch.check()) return failureOf(vm.undefined);
      if (ran.value === 0) break;
    }
    const state = vm.getPromiseState(main);
    if (state.type === 'rejected') return failureOf(state.error);
    // Like a program, a script ends when nothing of it is left to run: calls that it did not await are made, too.
    if (pending.size > 0) return { kind: 'idle' };
    return state.type === 'fulfilled' ? resultOf(state.value) : { kind: 'failed', reason: 'stuck' };
  };
  const begin = () => {
    const compiled = compile(vm);
    if (compiled.error) return { report: failureOf(compiled.error) };
    const begun = kit.begin(compiled.value);
    if (begun.error) return { report: failureOf(begun.error) };
    return { main: begun.value, report: advance(begun.value) };
  };

  port.postMessage({ kind: 'ready' });
  stopwatch.start();
  const { main, report } = begin();
  stopwatch.stop();
  port.postMessage(report);
  port.on('message', ({ id, text }) => {
    const deferred = pending.get(id);
    if (main === undefined || deferred === undefined) return;
    pending.delete(id);
    stopwatch.start();
    vm.newString(text).consume((handle) => deferred.resolve(handle));
    const next = advance(main);
    stopwatch.stop();
    port.postMessage(next);
  });
};

// An exception here (WebAssembly exhausted the stack of the thread) ends the thread, which the program reports.
if (parentPort !== null) await run(parentPort);
