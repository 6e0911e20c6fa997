/** Parameters as flat text (a query, a form) made into the nested object that a JSON body would have been. */

/** Deep enough for every request of the API (the deepest has seven steps), and no deeper. */
const maxDepth = 16;

type Node = string | Map<string, Node>;

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

/**
 * Rebuilds nesting from dotted names: `Filters.0.Values.1=x` → `{ Filters: [{ Values: [, 'x'] }] }`.
 * A level whose names are all numbers is a list, in the order of the numbers; gaps close up.
 * Values stay text: what they are is the schema's business.
 * @throws RangeError when a name is used both as a value and as a level, or is nested too deeply
 */
export const nest = (pairs: readonly (readonly [string, string])[]): Record<string, unknown> => {
  const root = new Map<string, Node>();
  for (const [name, value] of pairs) {
    const steps = name.split('.');
    const last = steps.pop() ?? name;
    if (steps.length >= maxDepth)
      throw new RangeError(`A parameter is nested too deeply: ${name.slice(0, 40)}`);
    let level = root;
    for (const step of steps) {
      const next = level.get(step) ?? new Map<string, Node>();
      if (typeof next === 'string')
        throw new RangeError(`A parameter is both a value and a level: ${name.slice(0, 40)}`);
      level.set(step, next);
      level = next;
    }
    if (level.get(last) instanceof Map)
      throw new RangeError(`A parameter is both a value and a level: ${name.slice(0, 40)}`);
    level.set(last, value);
  }
  return objectOf(root);
};

// Own properties are defined, not assigned: `__proto__` is then a name like any other and is refused as unknown.
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
