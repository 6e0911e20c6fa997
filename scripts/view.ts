/** Bundles the view of a job into one HTML document without references to other files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** @param root the root of the repository */
export const buildView = async (root: string): Promise<string> => {
  const folder = join(root, 'src', 'view');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { script: join(folder, 'main.ts'), style: join(folder, 'page.css') },
    outdir: join(root, 'dist'),
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const textOf = (name: string): string => {
    const text = outputFiles.find(({ path }) => path.endsWith(name))?.text.trim();
    if (text === undefined) throw new Error(`The bundle of the view has no file ${name}.`);
    return text;
  };
  const [script, style] = [textOf('script.js'), textOf('style.css')];
  // Either would end its element in the middle.
  if (/<\/(?:script|style)|<!--/i.test(script + style)) throw new Error('The view contains a closing tag.');
  return readFileSync(join(folder, 'page.html'), 'utf8')
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script></script>', () => `<script>${script}</script>`);
};
