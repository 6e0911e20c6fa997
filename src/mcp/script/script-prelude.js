/**
 * What a script finds beside the language, as source that runs inside the isolate before it. It takes `send(name, json)`,
 * `print(line)` and its configuration as JSON, and returns functions for the thread.
 * It runs in the isolate, so a script may break it; that harms the script only, since the program checks every call.
 */
export const prelude = `((send, print, configText) => {
  const { parse, stringify } = JSON;
  const { functions, pages } = parse(configText);

  const call = async (name, args) => {
    // Created here, because the stack of a later error does not name the line of the call.
    const failure = new Error('');
    const answer = parse(await send(name, stringify(args === undefined ? {} : args) ?? 'null'));
    if (!('error' in answer)) return answer.value;
    throw Object.assign(failure, answer.error);
  };
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  for (const name of functions) define(name, { [name]: (args) => call(name, args) }[name]);

  /** Every item of the list of an action, page by page. */
  const all = async (action, args = {}) => {
    const name = typeof action === 'function' ? action.name : String(action);
    const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
    if (page === undefined) {
      throw new TypeError(\`all() takes one of \${Object.keys(pages).join(', ')}; it was \${name}.\`);
    }
    const items = [];
    for (;;) {
      const answer = await call(name, page.limit === 0 ? args : { ...args, Offset: items.length, Limit: page.limit });
      const list = answer[page.list] ?? [];
      items.push(...list);
      if (page.limit === 0 || list.length === 0 || items.length >= (answer[page.total] ?? 0)) return items;
    }
  };
  define('all', all);

  const lineOf = (values) =>
    values.map((value) => (typeof value === 'string' ? value : (encode(value) ?? 'undefined'))).join(' ') + '\\n';
  const log = (...values) => print(lineOf(values));
  define('console', { log, info: log, warn: log, error: log, debug: log });

  /** JSON of what JSON has no form for: lists for sets, pairs for maps, text for large numbers. */
  const encode = (value) =>
    stringify(value, (key, part) => {
      if (typeof part === 'bigint') return String(part);
      if (typeof part === 'function') return undefined;
      if (part instanceof Set) return [...part];
      if (part instanceof Map) return Object.fromEntries(part);
      if (part instanceof Promise) throw new TypeError('The result contains a promise: await it first.');
      return part;
    });

  return {
    encode: (value) => encode(value) ?? 'null',
    describe: (error) => {
      if (typeof error !== 'object' || error === null) return stringify({ name: 'Error', message: String(error) });
      const { name, message, stack, code, RequestId, issues } = error;
      return stringify({ name: String(name), message: String(message), stack: String(stack ?? ''), code, RequestId, issues });
    },
    begin: async (script) => {
      const value = await script();
      const result = typeof value === 'function' ? await value() : value;
      return Array.isArray(result) ? Promise.all(result) : result;
    },
  };
})`;
