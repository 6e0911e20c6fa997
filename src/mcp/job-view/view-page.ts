/** Reads the page of the view, which the build stores compressed beside the program. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

const fileName = 'job-view.html.br';
/** The page is at most 100 kB; a larger file is not ours. */
const maxBytes = 1_000_000;

/** The file beside the bundle, or that of the last build where the program runs from source. */
const fileOf = (): URL => {
  const beside = new URL(`./${fileName}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../../dist/${fileName}`, import.meta.url);
};

/**
 * Reads the page.
 * @returns one HTML document without data
 * @throws the system error where the program is incomplete
 */
export const readViewPage = async (): Promise<string> => {
  const page = await promisify(brotliDecompress)(await readFile(fileOf()), { maxOutputLength: maxBytes });
  return page.toString('utf8');
};
