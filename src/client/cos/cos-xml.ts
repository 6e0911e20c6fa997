/** Reads the small XML documents of object storage. Entities are never expanded, except the five that XML predefines. */
import { XMLParser } from 'fast-xml-parser';

/** The content of an element: text, or child elements. Repeated elements are lists. */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] | undefined };

/** A page of a thousand keys of 850 bytes, each percent-encoded, is below 4 MB. */
const maxXmlLength = 8 * 1024 * 1024;

const predefined: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

const unescaped = (text: string): string =>
  text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => predefined[entity] ?? entity);

/**
 * @returns the root element under its name; nothing for a text that is not XML, has a document type, or is too long:
 *   the caller reports the missing element
 */
export const parseXml = (text: string): Readonly<Record<string, XmlNode | undefined>> => {
  if (text.length > maxXmlLength || /<!DOCTYPE/i.test(text)) return {};
  const parser = new XMLParser({
    ignoreAttributes: true,
    ignoreDeclaration: true,
    parseTagValue: false,
    processEntities: false,
    trimValues: true,
  });
  try {
    const parsed: unknown = parser.parse(text);
    // With these options the parser returns texts, lists and objects only.
    return typeof parsed === 'object' && parsed !== null
      ? (parsed as Readonly<Record<string, XmlNode | undefined>>)
      : {};
  } catch {
    return {};
  }
};

const childOf = (node: XmlNode | undefined, name: string): XmlNode | readonly XmlNode[] | undefined =>
  typeof node === 'object' && Object.hasOwn(node, name) ? node[name] : undefined;

/** The text of a child element; undefined where there is none. */
export const textOf = (node: XmlNode | undefined, name: string): string | undefined => {
  const child = childOf(node, name);
  return typeof child === 'string' ? unescaped(child) : undefined;
};

/** The child elements of a name. */
export const childrenOf = (node: XmlNode | undefined, name: string): readonly XmlNode[] => {
  const child = childOf(node, name);
  if (child === undefined) return [];
  return isList(child) ? child : [child];
};

const isList = (value: XmlNode | readonly XmlNode[]): value is readonly XmlNode[] => Array.isArray(value);
