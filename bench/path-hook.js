// Loader hook of bench/path.ts: each function of src/ reports its entry, each module of src/ its imports.
import { readFile } from 'node:fs/promises';
import { parse, parseSync, print } from '@swc/core';

const options = { syntax: 'ecmascript', target: 'es2022' };
const [marker] = parseSync('globalThis.callPath.enter();', options).body;

const isFunction = (node) =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassMethod|MethodProperty|GetterProperty|SetterProperty|Constructor)$/.test(
    node.type,
  );

/** Puts the marker first in the body of a function. */
const mark = (node) => {
  const owner = node.function ?? node;
  if (!owner.body) return;
  // Only an arrow function may have an expression as its body.
  if (owner.body.stmts === undefined) {
    const result = { type: 'ReturnStatement', span: owner.body.span, argument: owner.body };
    owner.body = { type: 'FunctionBody', span: owner.body.span, stmts: [result] };
  }
  owner.body.stmts.unshift(structuredClone(marker));
};

/** Calls `act` for a node and everything below it, the innermost first. */
const walk = (node, act) => {
  if (node === null || typeof node !== 'object') return;
  for (const child of Array.isArray(node) ? node : Object.values(node)) walk(child, act);
  if (!Array.isArray(node)) act(node);
};

/** Relative imports and re-exports of a TypeScript source, types included: compiled code no longer has those. */
const importsOf = async (url) => {
  const source = await readFile(new URL(url.replace(/\?.*$/, '')), 'utf8');
  const specifiers = [];
  walk(await parse(source, { syntax: 'typescript', target: 'es2022' }), (node) => {
    if (node.source?.type === 'StringLiteral') specifiers.push(node.source.value);
    if (node.type === 'CallExpression' && node.callee.type === 'Import')
      specifiers.push(node.arguments[0]?.expression.value);
  });
  return specifiers.filter((specifier) => specifier?.startsWith('.'));
};

export const load = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (!/\/src\/.*\.ts/.test(url) || url.includes('/node_modules/')) return loaded;
  const module = await parse(String(loaded.source), options);
  walk(module.body, (node) => {
    if (isFunction(node)) mark(node);
  });
  const imports = JSON.stringify(await importsOf(url));
  module.body.push(...parseSync(`globalThis.callPath.imports(import.meta.url, ${imports});`, options).body);
  // Without the source map, so that positions in stack traces and in the coverage are the same.
  const { code } = await print(module);
  return { ...loaded, source: code };
};
