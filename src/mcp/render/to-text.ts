/** JSON → text that reads well and costs little: one line a field, lists as dashes, nothing quoted that needs no quotes. */

/**
 * Writes a value out. Everything that stands in the value stands in the text.
 * Text of several lines is only ever shown as such between the marks of a fence; elsewhere a line end is written `\n`,
 * so that no value can look like a line of ours.
 */
export const toText = (value: unknown, indent = ''): string => {
  if (Array.isArray(value)) return value.map((item) => itemOf(item, indent)).join('\n');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => `${indent}${scalarOf(key)}:${fieldOf(part, indent)}`)
      .join('\n');
  }
  return `${indent}${scalarOf(value)}`;
};

const fieldOf = (value: unknown, indent: string): string => {
  if (isEmpty(value)) return ` ${Array.isArray(value) ? '[]' : '{}'}`;
  if (Array.isArray(value) && value.every(isShortScalar)) return ` ${value.map(scalarOf).join(', ')}`;
  if (typeof value === 'object' && value !== null) return `\n${toText(value, `${indent}  `)}`;
  return isFenced(value) ? `\n${value}` : ` ${scalarOf(value)}`;
};

const itemOf = (item: unknown, indent: string): string => {
  if (typeof item !== 'object' || item === null || isEmpty(item)) return `${indent}- ${scalarOf(item)}`;
  return `${indent}- ${toText(item, `${indent}  `).trimStart()}`;
};

const scalarOf = (value: unknown): string => {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  if (isFenced(value)) return `\n${value}`;
  return /[\n\t]|^\s|\s$|^$|^[[{"#<-]/.test(value) ? JSON.stringify(value) : value;
};

/** Fenced text is the one thing that is shown line by line. */
export const isFenced = (value: unknown): boolean =>
  typeof value === 'string' && /^<<DATA-[0-9a-f]{24} /.test(value);

const isShortScalar = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && /^[\w.:/-]{1,60}$/.test(value));

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
