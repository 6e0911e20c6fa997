/** Whether a value holds nothing but figures, states and ids, of which no sentence can be made. */
import { isTable } from '../render/table.ts';

const withoutText = /^(?:[a-z]+(?:-[a-z]+)?-[0-9a-z]{8}|[A-Z][A-Z_]{2,30}|[-\d.:TZ ]{0,30})$/;
/** A name of a field, as a script writes it. */
const fieldName = /^[A-Za-z_]\w{0,30}$/;
/** More names than these may be the words of a text that the script counted. */
const maxNames = 16;

/** @param value JSON */
export const isWithoutText = (value: unknown): boolean => {
  const names = new Set<string>();
  return hasNoText(value, names) && names.size <= maxNames;
};

const hasNoText = (value: unknown, names: Set<string>): boolean => {
  if (typeof value === 'string') return withoutText.test(value);
  if (Array.isArray(value)) return value.every((part) => hasNoText(part, names));
  if (typeof value !== 'object' || value === null) return true;
  if (isTable(value)) return areNames(value.columns, names) && hasNoText(value.rows, names);
  return areNames(Object.keys(value), names) && Object.values(value).every((part) => hasNoText(part, names));
};

const areNames = (keys: readonly string[], names: Set<string>): boolean => {
  for (const key of keys) names.add(key);
  return keys.every((key) => fieldName.test(key));
};
