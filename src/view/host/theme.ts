/** Colours and fonts of the host. */
import { isObject, type Params } from './peer.ts';

export type Theme = 'light' | 'dark';

/** Variables of the host that the style sheet uses. */
const variableName = /^--(?:color-(?:background|text|border|ring)|font|border-radius)-[a-z0-9-]+$/;

/** A host may send both colours of a variable; without the property `color-scheme` the browser would take the light one. */
export const colourFor = (theme: Theme, value: string): string => {
  const both = /^light-dark\((.*)\)$/s.exec(value.trim())?.[1];
  if (both === undefined) return value;
  let depth = 0;
  for (const [at, character] of [...both].entries()) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) {
      return (theme === 'light' ? both.slice(0, at) : both.slice(at + 1)).trim();
    }
  }
  return value;
};

export const themeOf = (context: Params): Theme | undefined =>
  context.theme === 'light' || context.theme === 'dark' ? context.theme : undefined;

/** The variables of a host's context, each with its value for the theme. */
export const variablesOf = (context: Params, theme: Theme): readonly (readonly [string, string])[] => {
  const variables = isObject(context.styles) ? context.styles.variables : undefined;
  return isObject(variables)
    ? Object.entries(variables).flatMap(([name, value]) =>
        typeof value === 'string' && variableName.test(name) ? [[name, colourFor(theme, value)]] : [],
      )
    : [];
};
