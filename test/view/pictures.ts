/** Compares what a browser draws with stored pictures. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';

const folder = join(import.meta.dirname, 'pictures');

/** The stored pictures were drawn by this version on this system; fonts and smoothing differ elsewhere. */
export const canCompare = (browser: Browser): boolean => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return (
    browser.version().startsWith('156.') && /^VERSION_ID="12"$/m.test(release) && /^ID=debian$/m.test(release)
  );
};

/**
 * The share of pixels that differ clearly from the stored picture, in a page of the same browser.
 * @param update stores the picture instead
 */
export const differenceOf = async (
  browser: Browser,
  name: string,
  picture: Buffer,
  update: boolean,
): Promise<number> => {
  const file = join(folder, `${name}.png`);
  if (update) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, picture);
    return 0;
  }
  const page = await browser.newPage();
  try {
    const urls = [readFileSync(file), picture].map(
      (png) => `data:image/png;base64,${png.toString('base64')}`,
    );
    return Number(await page.evaluate(`(${compare})(${JSON.stringify(urls)})`));
  } finally {
    await page.close();
  }
};

/** Runs in the browser. Pictures of different sizes differ everywhere. */
const compare = `async (urls) => {
  const [a, b] = await Promise.all(urls.map(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  }));
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const distance = Math.abs(a.data[at] - b.data[at]) + Math.abs(a.data[at + 1] - b.data[at + 1]) + Math.abs(a.data[at + 2] - b.data[at + 2]);
    if (distance > 60) different += 1;
  }
  return different / (a.width * a.height);
}`;
