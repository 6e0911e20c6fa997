/** Adds a server to a JSON configuration, with comments and everything else unchanged. */
import { isDeepStrictEqual } from 'node:util';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
  visit,
} from 'jsonc-parser';
import { insertMember } from './insert-member.ts';
import { isOwnArgument } from './server-entry.ts';
import { applyTextEdits, type EditPlan, type TextEdit } from './text-edit.ts';

type Fields = Readonly<Record<string, unknown>>;

// Clients allow comments, and most of them trailing commas.
const leniency = { allowTrailingComma: true, disallowComments: false };

/**
 * Plans the change of a configuration. The result is parsed and has to differ in the one entry only; otherwise the
 * change is refused.
 * @param text the file; empty if it does not exist
 * @param key name of the object of servers
 */
export const planJsonc = (text: string, key: string, name: string, entry: Fields): EditPlan => {
  if (text.trim() === '') return { kind: 'change', edits: [created(text, key, name, entry)] };
  if (text.startsWith('\ufeff')) {
    const plan = planJsonc(text.slice(1), key, name, entry);
    if (plan.kind !== 'change') return plan;
    return { ...plan, edits: plan.edits.map((edit) => ({ ...edit, offset: edit.offset + 1 })) };
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, leniency);
  const [error] = errors;
  if (error !== undefined || tree === undefined) {
    const line = text.slice(0, error?.offset ?? 0).split('\n').length;
    const what = error === undefined ? 'no value' : printParseErrorCode(error.error);
    return { kind: 'refused', reason: `it is not valid JSON: ${what} in line ${line}` };
  }
  const reason = problemOf(tree, key, name);
  if (reason !== undefined) return { kind: 'refused', reason };
  const current = findNodeAtLocation(tree, [key, name]);
  if (current === undefined) {
    const edits = added(text, tree, key, name, entry);
    return checked(text, edits, key, name, entry);
  }
  const changed = differing(getNodeValue(current), entry);
  if (changed === undefined) {
    return {
      kind: 'refused',
      reason: `it has another server with the name ${name}; rename or remove that first`,
    };
  }
  if (changed.length === 0) return { kind: 'same' };
  const edits = changed.flatMap((member) => replaced(text, current, member, entry[member]));
  const members = Object.fromEntries(changed.map((member) => [member, entry[member]]));
  return checked(text, edits, key, name, members);
};

/** Why the file is not changed. A member that occurs twice means the first to some parsers and the last to others. */
const problemOf = (tree: Node, key: string, name: string): string | undefined => {
  if (tree.type !== 'object') return 'it is not an object';
  const servers = findNodeAtLocation(tree, [key]);
  if (servers !== undefined && servers.type !== 'object') return `its member ${key} is not an object`;
  const isTwice = (node: Node | undefined, member: string): boolean =>
    (node?.children ?? []).filter(({ children }) => children?.[0]?.value === member).length > 1;
  if (isTwice(tree, key)) return `it has the member ${key} twice`;
  if (isTwice(servers, name)) return `it has the server ${name} twice`;
  return undefined;
};

/**
 * The members that have to change in an entry of this program: how it is started. All others are the user's.
 * @returns undefined if the entry is of another program
 */
const differing = (current: unknown, entry: Fields): readonly string[] | undefined => {
  if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined;
  const fields: Fields = { ...current };
  if (![fields.command, fields.args].flat().some(isOwnArgument)) return undefined;
  return ['command', 'args'].filter(
    (member) => member in entry && !isDeepStrictEqual(fields[member], entry[member]),
  );
};

const added = (text: string, tree: Node, key: string, name: string, entry: Fields): readonly TextEdit[] => {
  const servers = findNodeAtLocation(tree, [key]);
  return servers === undefined
    ? insertMember(text, tree, key, { [name]: entry })
    : insertMember(text, servers, name, entry);
};

const replaced = (text: string, current: Node, member: string, value: unknown): readonly TextEdit[] => {
  const node = findNodeAtLocation(current, [member]);
  return node === undefined
    ? insertMember(text, current, member, value)
    : [{ offset: node.offset, length: node.length, content: JSON.stringify(value) }];
};

/** @param members what the entry has to have afterwards, beside its other members */
const checked = (
  text: string,
  edits: readonly TextEdit[],
  key: string,
  name: string,
  members: Fields,
): EditPlan => {
  const before = parse(text, [], leniency) as Readonly<Record<string, Readonly<Record<string, object>>>>;
  const entry = { ...before[key]?.[name], ...members };
  const expected = { ...before, [key]: { ...before[key], [name]: entry } };
  const after = applyTextEdits(text, edits);
  const errors: ParseError[] = [];
  const isExact =
    isDeepStrictEqual(parse(after, errors, leniency), expected) &&
    errors.length === 0 &&
    isDeepStrictEqual(commentsOf(after), commentsOf(text));
  return isExact
    ? { kind: 'change', edits }
    : { kind: 'refused', reason: 'it is written in a way in which it cannot be changed safely' };
};

const commentsOf = (text: string): readonly string[] => {
  const comments: string[] = [];
  visit(
    text,
    { onComment: (offset, length) => comments.push(text.slice(offset, offset + length)) },
    leniency,
  );
  return comments;
};

const created = (text: string, key: string, name: string, entry: Fields): TextEdit => ({
  offset: 0,
  length: text.length,
  content: `${JSON.stringify({ [key]: { [name]: entry } }, null, 2)}\n`,
});
