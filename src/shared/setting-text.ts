/** Detects settings that were copied from an example but never filled in, and characters that no setting can contain. */

/** Placeholder syntaxes of MCP clients, shells and documentation. */
const placeholders: readonly RegExp[] = [
  // ${VAR}, ${env:VAR}, ${input:id}, ${workspaceFolder}, $(command)
  /\$\{[^}]*\}?|\$\([^)]*\)?/,
  // $VAR, where a value or a path segment begins
  /(?:^|[/\\:@=,])\$[A-Za-z_]\w*/,
  // {{VAR}}, {% … %}
  /\{\{[^}]*\}?\}?|\{%/,
  // %VAR%
  /%[A-Za-z_]\w*%/,
  // <your-id>
  /<[^<>]*>/,
  // {VAR} and [your id], as the whole value
  /^\{[^{}]*\}$|^\[[^[\]]*\]$/,
  // your id, YOUR_SECRET_ID, my-secret-key, insert key here
  /^(?:your|insert|replace|enter|add|put|paste)[\s_-]/i,
  // xxx, AKIDxxxxxxxx, ***, ....
  /^(?:AKID)?(?:x{3,}|\*{3,}|\.{3,}|…+|#{3,}|0{8,})$/i,
  /^(?:AKID)?[\w-]*x{5,}[\w-]*$/i,
  // What a program prints for a missing value
  /^(?:undefined|null|\[object Object\]|NaN|todo|tbd|change[\s_-]?me|placeholder)$/i,
];

/** Names of keys in place of keys: SECRET_ID, MY_SECRET_KEY, TENCENTCLOUD_SECRET_ID, my-secret-key. */
const keyPlaceholders =
  /^(?:[A-Z]+_)*(?:SECRET_(?:ID|KEY)|ACCESS_KEY|API_KEY)(?:_HERE)?$|^(?:my|the|some)[\s_-]+[\w\s-]*(?:id|key|token|secret)$/;

// References that a secret manager or a client was to resolve: op://vault/item, env:NAME, vault:path. No key has a colon.
const unresolvedReference = /^[a-z][a-z0-9+.-]*:/i;

// Control and format characters (Cc, Cf) and separators other than the space: zero-width space, BOM, NBSP, line breaks.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\u2000-\u200a\u202f\u205f\u3000]/u;

const quotes = /^(["'`“”‘’«»]).*|.*(["'`“”‘’«»])$/s;

/** Removes whitespace around a value, which no setting needs: spaces, tabs, line breaks, no-break spaces. */
export const trimSetting = (text: string): string => text.trim();

/**
 * Checks the text of a setting.
 * @param kind `key` for credentials, which consist of visible ASCII only; `path` for files and directories, which may
 *   contain nearly anything
 * @returns what is wrong, as a phrase that follows the name of the setting; undefined if nothing is
 */
export const settingProblem = (text: string, kind: 'text' | 'path' | 'key' = 'text'): string | undefined => {
  const found = invisible.exec(text);
  if (found !== null) {
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `contains an invisible character (U+${code} at position ${found.index + 1}); type the value again`;
  }
  if (quotes.test(text)) return 'contains quotation marks, which are taken literally here; remove them';
  if (placeholders.some((pattern) => pattern.test(text))) {
    return 'is a placeholder that was not filled in; set the value itself';
  }
  if (text.startsWith('--')) return 'is an option instead of a value';
  if (kind !== 'key') return undefined;
  if (keyPlaceholders.test(text) || unresolvedReference.test(text))
    return 'is a placeholder that was not filled in; set the value itself';
  if (/\s/.test(text)) return 'contains a space, which no key does';
  if (!/^[\x21-\x7e]+$/.test(text)) return 'contains a character that no key contains';
  return undefined;
};
