/** JSON with sorted keys, and digests: equal values have equal texts. */
import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';

// Arguments hold no circles; one would be a bug, and must not become the text "[Circular]".
const stringify = configure({ circularValue: Error, bigint: false });

/** @returns JSON with the keys of every object in code unit order */
export const canonicalJson = (value: unknown): string => stringify(value) ?? 'null';

/** @returns hex SHA-256 of a text */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
