/**
 * Describes a part of the page, and changes the page to it. Elements that stay are the same objects afterwards, so a
 * refresh moves neither the focus nor what is scrolled. Text becomes a text node and nothing else.
 */

/** Attributes that the view uses. None of them can run or load anything. */
type AttributeName =
  | `aria-${string}`
  | `data-${string}`
  | 'class'
  | 'id'
  | 'role'
  | 'tabindex'
  | 'type'
  | 'scope'
  | 'disabled'
  | 'hidden'
  | 'open'
  | 'colspan'
  | 'focusable'
  // SVG
  | 'viewBox'
  | 'preserveAspectRatio'
  | 'width'
  | 'height'
  | 'x'
  | 'y'
  | 'x1'
  | 'x2'
  | 'y1'
  | 'y2'
  | 'rx'
  | 'd'
  | 'text-anchor'
  // Custom properties of CSS, set on the element's style.
  | `--${string}`;

export type Attributes = { readonly [Name in AttributeName]?: string | number | boolean | undefined };
export type Child = Part | string | undefined;

export interface Part {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly children: readonly Child[];
}

export const part = (tag: string, attributes: Attributes = {}, ...children: readonly Child[]): Part => ({
  tag,
  attributes,
  children,
});

const svgNamespace = 'http://www.w3.org/2000/svg';

/** Changes the children of an element to those described. `data-key` identifies a child that may move. */
export const show = (parent: Element, parts: readonly Child[]): void => {
  const wanted = parts.filter((one) => one !== undefined && one !== '');
  const byKey = new Map(
    [...parent.children].flatMap((child) => {
      const key = child.getAttribute('data-key');
      return key === null ? [] : [[key, child] as const];
    }),
  );
  for (const [index, one] of wanted.entries()) {
    if (one === undefined) continue;
    const present = parent.childNodes[index];
    const node = nodeFor(one, present, byKey, parent);
    if (node !== present) parent.insertBefore(node, present ?? null);
  }
  while (parent.childNodes.length > wanted.length) parent.lastChild?.remove();
};

const nodeFor = (
  one: Part | string,
  present: ChildNode | undefined,
  byKey: ReadonlyMap<string, Element>,
  parent: Element,
): Node => {
  if (typeof one === 'string') {
    if (present?.nodeType !== Node.TEXT_NODE) return document.createTextNode(one);
    if (present.nodeValue !== one) present.nodeValue = one;
    return present;
  }
  const key = one.attributes['data-key'];
  const candidate = key === undefined ? present : byKey.get(String(key));
  const isSame =
    candidate instanceof Element &&
    candidate.localName === one.tag &&
    (key !== undefined || !candidate.hasAttribute('data-key'));
  const element = isSame ? candidate : createElement(one.tag, parent);
  // Whether a part is open is set by the user from then on.
  if (!isSame && one.attributes.open === true) element.setAttribute('open', '');
  setAttributes(element, one.attributes);
  // A canvas is drawn, and has no children of ours.
  if (one.tag !== 'canvas') show(element, one.children);
  return element;
};

const createElement = (tag: string, parent: Element): Element =>
  tag === 'svg' || parent.namespaceURI === svgNamespace
    ? document.createElementNS(svgNamespace, tag)
    : document.createElement(tag);

const setAttributes = (element: Element, attributes: Attributes): void => {
  const names = new Set<string>();
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || name === 'open') continue;
    names.add(name);
    const text = value === true ? '' : String(value);
    if (name.startsWith('--')) (element as HTMLElement | SVGElement).style.setProperty(name, text);
    else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
  for (const { name } of [...element.attributes]) {
    // `style` holds the custom properties; the size of a canvas is set where it is drawn.
    const isOurs = name !== 'style' && name !== 'open' && element.localName !== 'canvas';
    if (isOurs && !names.has(name)) element.removeAttribute(name);
  }
};
