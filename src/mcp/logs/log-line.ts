/** One line of a log as it is searched and shown. Pure. */
import { cleanText } from '../render/untrusted.ts';

/** A longer line is shown up to here: it is one of many. */
const maxShownLength = 300;

/** Text in which nothing has to be cleaned but credentials: ASCII without controls. */
export const isPlain = (text: string): boolean => /^[\t\x20-\x7e]*$/.test(text);

/**
 * A line without what a reader cannot see, and with credentials masked. A carriage return, by which programs overwrite
 * a line, becomes a space.
 */
export const cleanLine = (line: string): string => cleanText(line).trimEnd().replaceAll('\n', ' ');

export const shownLine = (line: string, maxLength: number = maxShownLength): string =>
  line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
