/** The JSON body of a request, read with a bound on how deeply it nests. */

/** The deepest request of the API has eleven levels. Millions of brackets would cost hundreds of megabytes to parse. */
const maxDepth = 32;

/**
 * Parses a body.
 * @throws RangeError with what is wrong: not UTF-8, not JSON, nested too deeply
 */
export const parseJson = (bytes: Uint8Array): unknown => {
  if (depthOf(bytes) > maxDepth) throw new RangeError(`The body nests more than ${maxDepth} levels deep.`);
  try {
    // `fatal` refuses bytes that are not UTF-8 instead of storing them changed.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RangeError('The body of the request is not valid JSON in UTF-8.');
  }
};

const code = (character: string): number => character.charCodeAt(0);
const [quote, backslash] = [code('"'), code('\\')];
const opening = new Set([code('['), code('{')]);
const closing = new Set([code(']'), code('}')]);

/** How deeply brackets nest outside of strings; as far as that can be told of what may not be JSON. */
const depthOf = (bytes: Uint8Array): number => {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      // What is escaped cannot end the string.
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
