/** Elements of an SVG picture as text. Everything that comes from a job passes through `xmlTextOf`. Pure. */

// Not allowed in XML 1.0, also not as a reference: controls, halves of surrogate pairs, non-characters.
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and inside quotes, on one line. */
export const xmlTextOf = (text: string): string =>
  text
    .replace(notXml, '')
    .replace(/\s+/g, ' ')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** @param max characters, without splitting a character of two units */
const shortened = (text: string, max: number): string => {
  const characters = [...text];
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : text;
};

type Attributes = Readonly<Record<string, string | number>>;

/** `<name a="1">children</name>`; attributes are escaped, children are elements or escaped text already. */
export const element = (name: string, attributes: Attributes, ...children: readonly string[]): string => {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : xmlTextOf(value)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
};

/** A tenth of a pixel is not visible. */
const rounded = (value: number): string => String(Math.round(value * 10) / 10);

/** A line of text. */
export const textAt = (x: number, y: number, text: string, more: Attributes = {}): string =>
  element('text', { x, y, ...more }, xmlTextOf(text));

/** The text in lines of at most `max` characters, broken at spaces; the last one is shortened. */
export const linesOf = (text: string, max: number, maxLines: number): readonly string[] => {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest.length > max && lines.length < maxLines - 1) {
    const at = rest.lastIndexOf(' ', max);
    lines.push(at > 0 ? rest.slice(0, at) : shortened(rest, max));
    rest = at > 0 ? rest.slice(at + 1) : '';
  }
  return rest === '' ? lines : [...lines, shortened(rest, max)];
};
