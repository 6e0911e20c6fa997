/** Parameters of a request: from a JSON body, or from the flat text of a query or a form. */
import type { WireRequest } from './wire.ts';

/** The deepest JSON request of the API has eleven levels. Millions of brackets would cost hundreds of megabytes to parse. */
const maxJsonDepth = 32;
/** The deepest flat name of the API has seven steps. */
const maxNameDepth = 16;

/**
 * Parses a JSON body.
 * @throws RangeError with the reason: not UTF-8, not JSON, nested too deeply
 */
export const parseJson = (bytes: Uint8Array): unknown => {
  if (depthOf(bytes) > maxJsonDepth) {
    throw new RangeError(`The body nests more than ${maxJsonDepth} levels deep.`);
  }
  try {
    // `fatal` refuses bytes that are not UTF-8 instead of replacing them.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RangeError('The body of the request is not valid JSON in UTF-8.');
  }
};

const code = (character: string): number => character.charCodeAt(0);
const [quote, backslash] = [code('"'), code('\\')];
const opening = new Set([code('['), code('{')]);
const closing = new Set([code(']'), code('}')]);

/** The deepest nesting of brackets outside of strings. For input that is not JSON it is an estimate. */
const depthOf = (bytes: Uint8Array): number => {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      // An escaped character cannot end the string.
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (opening.has(byte)) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (closing.has(byte)) depth -= 1;
  }
  return deepest;
};

/**
 * Reads `a=1&b.0.c=x%20y`, the form of GET requests and of the older signatures.
 * @returns name and value pairs in the order sent, decoded; `+` is a space, as Python's urlencode writes it
 * @throws RangeError when a `%` is not followed by two hexadecimal digits of valid UTF-8
 */
export const parametersOf = (text: string): [string, string][] => {
  const pairs: [string, string][] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    pairs.push([decode(name), at < 0 ? '' : decode(part.slice(at + 1))]);
  }
  return pairs;
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new RangeError(`A parameter is not percent-encoded UTF-8: ${text.slice(0, 40)}`);
  }
};

type Node = string | Map<string, Node>;

/**
 * Rebuilds nesting from dotted names: `Filters.0.Values.1=x` → `{ Filters: [{ Values: ['x'] }] }`.
 * A level whose names are all numbers is a list in the order of the numbers, without gaps.
 * Values stay text: the schema decides their types.
 * @throws RangeError when a name is used both as a value and as a level, or is nested too deeply
 */
export const nest = (pairs: readonly (readonly [string, string])[]): Record<string, unknown> => {
  const root = new Map<string, Node>();
  for (const [name, value] of pairs) {
    const steps = name.split('.');
    const last = steps.pop() ?? name;
    if (steps.length >= maxNameDepth) {
      throw new RangeError(`A parameter is nested too deeply: ${name.slice(0, 40)}`);
    }
    let level = root;
    for (const step of steps) {
      const next = level.get(step) ?? new Map<string, Node>();
      if (typeof next === 'string') throw conflict(name);
      level.set(step, next);
      level = next;
    }
    if (level.get(last) instanceof Map) throw conflict(name);
    level.set(last, value);
  }
  return objectOf(root);
};

const conflict = (name: string): RangeError =>
  new RangeError(`A parameter is both a value and a level: ${name.slice(0, 40)}`);

// `fromEntries` defines properties instead of assigning them, so `__proto__` is refused as an unknown name.
const objectOf = (level: ReadonlyMap<string, Node>): Record<string, unknown> =>
  Object.fromEntries([...level].map(([name, node]) => [name, plainOf(node)]));

const plainOf = (node: Node): unknown => {
  if (typeof node === 'string') return node;
  const names = [...node.keys()];
  if (!names.every((name) => /^\d{1,9}$/.test(name))) return objectOf(node);
  return names
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => node.get(name))
    .filter((child) => child !== undefined)
    .map(plainOf);
};

/** The action that a request names, before anything about it has been checked. */
export const actionOf = (request: WireRequest): string => {
  const [named] = request.headers['x-tc-action'] ?? [];
  if (named !== undefined) return named;
  const query = request.url.slice(request.url.indexOf('?') + 1);
  try {
    const pairs = parametersOf(request.method === 'GET' ? query : request.body.toString('utf8'));
    return new Map(pairs).get('Action') ?? '';
  } catch {
    return '';
  }
};
