/** Adds a server to a TOML configuration. The text is edited by hand, since no library writes TOML with its comments. */
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { isOwnArgument } from './server-entry.ts';
import { applyTextEdits, type EditPlan, type TextEdit } from './text-edit.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Plans the change of a configuration. The result is parsed and has to differ in the one entry only; otherwise the
 * change is refused.
 * @param text the file; empty if it does not exist
 * @param key name of the table of servers
 */
export const planToml = (text: string, key: string, name: string, entry: Fields): EditPlan => {
  const before = read(text);
  if (typeof before === 'string') return { kind: 'refused', reason: `it is not valid TOML: ${before}` };
  const servers = before[key] ?? {};
  if (!isTable(servers)) return { kind: 'refused', reason: `its member ${key} is not a table` };
  const current = servers[name];
  if (current === undefined) {
    const edit = appended(text, key, name, entry);
    return checked(text, [edit], { ...before, [key]: { ...servers, [name]: entry } });
  }
  if (!isTable(current) || ![current.command, current.args].flat().some(isOwnArgument)) {
    return {
      kind: 'refused',
      reason: `it has another server with the name ${name}; rename or remove that first`,
    };
  }
  const changed = Object.entries(entry).filter(
    ([member, value]) => ['command', 'args'].includes(member) && !isDeepStrictEqual(current[member], value),
  );
  if (changed.length === 0) return { kind: 'same' };
  const edits = changed.map(([member, value]) => replaced(text, key, name, member, value));
  if (!edits.every((edit) => edit !== undefined)) return notUnderstood;
  const next = { ...current, ...Object.fromEntries(changed) };
  return checked(text, edits, { ...before, [key]: { ...servers, [name]: next } });
};

const notUnderstood: EditPlan = {
  kind: 'refused',
  reason: 'it is written in a way in which it cannot be changed safely',
};

const isTable = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** @returns the first line of the error, without an excerpt of the file, which may hold keys */
const read = (text: string): Fields | string => {
  try {
    return parse(text);
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
};

const checked = (text: string, edits: readonly TextEdit[], expected: Fields): EditPlan => {
  const after = read(applyTextEdits(text, edits));
  // Plain objects on both sides: the parser creates them without a prototype.
  return isDeepStrictEqual(plainOf(after), plainOf(expected)) ? { kind: 'change', edits } : notUnderstood;
};

const plainOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainOf);
  return isTable(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainOf(member)]))
    : value;
};

const appended = (text: string, key: string, name: string, entry: Fields): TextEdit => {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' ? '' : text.endsWith('\n') ? eol : eol + eol;
  const lines = Object.entries(entry).map(([member, value]) => `${member} = ${tomlOf(value)}`);
  // A bare key has only these characters; the names of this program do.
  return {
    offset: text.length,
    length: 0,
    content: `${gap}${[`[${key}.${name}]`, ...lines].join(eol)}${eol}`,
  };
};

/** A string or a list of strings: JSON is valid TOML for both, but for DEL, which JSON does not escape. */
const tomlOf = (value: unknown): string =>
  (Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value)
  ).replaceAll('\u007f', '\\u007f');

const quotedText = String.raw`"(?:[^"\\\n]|\\.)*"|'[^'\n]*'`;
const quotedList = String.raw`\[(?:\s|,|${quotedText})*\]`;

/** The value of one member of the table, where it begins a line below the header of the table. */
const replaced = (
  text: string,
  key: string,
  name: string,
  member: string,
  value: unknown,
): TextEdit | undefined => {
  const header = new RegExp(String.raw`^[ \t]*\[[ \t]*${key}[ \t]*\.[ \t]*(["']?)${name}\1[ \t]*\]`, 'gm');
  const [found, ...others] = [...text.matchAll(header)];
  if (found === undefined || others.length > 0) return undefined;
  const start = found.index + found[0].length;
  const end = text.slice(start).search(/^[ \t]*\[[ \t]*["'\w]/m);
  const section = end === -1 ? text.slice(start) : text.slice(start, start + end);
  const line = new RegExp(String.raw`^([ \t]*${member}[ \t]*=[ \t]*)(${quotedText}|${quotedList})`, 'm').exec(
    section,
  );
  if (line === null) return undefined;
  const [, before = '', old = ''] = line;
  return { offset: start + line.index + before.length, length: old.length, content: tomlOf(value) };
};
