/** JSON → text that reads well and costs few tokens: one line for each field, dashes for lists, tables, quotes only where needed. */
import { isUntrustedText } from '../contract/untrusted-text.ts';
import { isTable, textOfTable } from './table.ts';
import { fenceOf } from './untrusted.ts';

/**
 * Writes a value as text. Everything in the value is in the text.
 * Only untrusted text spans several lines, between the marks of its fence; in any other value a newline is written `\n`,
 * so that no value can look like a line of this program.
 * @param mark of the fences of this answer; a value without untrusted text needs none
 */
export const toText = (value: unknown, mark = '', indent = ''): string => {
  if (isUntrustedText(value)) return fenceOf(value, mark);
  if (Array.isArray(value)) return value.map((item) => itemOf(item, mark, indent)).join('\n');
  if (isTable(value)) return textOfTable(value, indent);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => `${indent}${scalarOf(key)}:${fieldOf(part, mark, indent)}`)
      .join('\n');
  }
  return `${indent}${scalarOf(value)}`;
};

const fieldOf = (value: unknown, mark: string, indent: string): string => {
  if (isUntrustedText(value)) return `\n${fenceOf(value, mark)}`;
  if (isEmpty(value)) return ` ${Array.isArray(value) ? '[]' : '{}'}`;
  if (Array.isArray(value) && value.every(isShortScalar)) return ` ${value.map(scalarOf).join(', ')}`;
  if (typeof value === 'object' && value !== null) return `\n${toText(value, mark, `${indent}  `)}`;
  return ` ${scalarOf(value)}`;
};

const itemOf = (item: unknown, mark: string, indent: string): string => {
  if (isUntrustedText(item)) return `${indent}-\n${fenceOf(item, mark)}`;
  if (typeof item !== 'object' || item === null || isEmpty(item)) return `${indent}- ${scalarOf(item)}`;
  return `${indent}- ${toText(item, mark, `${indent}  `).trimStart()}`;
};

const scalarOf = (value: unknown): string => {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  return /[\n\t]|^\s|\s$|^$|^[[{"#<-]/.test(value) ? JSON.stringify(value) : value;
};

const isShortScalar = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && /^[\w.:/-]{1,60}$/.test(value));

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !isUntrustedText(value) && Object.keys(value).length === 0;
