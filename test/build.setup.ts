/** Builds the program before the tests, which run it as it is shipped. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './paths.ts';

export const setup = (): void => {
  execFileSync(process.execPath, ['--import', 'tsx', join(root, 'scripts', 'build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: root,
  });
};
