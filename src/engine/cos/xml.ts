/** Writes the small XML documents of the object storage protocol. */

/** Markup that is already escaped. */
export interface Xml {
  readonly xml: string;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no form at all for control characters; clients that need them ask for `encoding-type=url`. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const escaped = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, (char) => escapes[char] ?? char);

export const element = (name: string, content: string | number | boolean | readonly Xml[]): Xml => ({
  xml: `<${name}>${Array.isArray(content) ? content.map(({ xml }) => xml).join('') : escaped(String(content))}</${name}>`,
});

export const xmlDocument = (root: Xml): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}`;
