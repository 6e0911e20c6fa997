/** The tests run the program as it is shipped, so it is built once before them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const setup = (): void => {
  execFileSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, '..', 'scripts', 'build.ts')],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: join(import.meta.dirname, '..'),
    },
  );
};
