/**
 * Builds the program before the tests, which run it as it is shipped. With the variable BATCH_MCP_TESTS_USE_BUILD they
 * use the one that is there, which several test runs at a time need.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './paths.ts';

export const setup = (): void => {
  if (process.env.BATCH_MCP_TESTS_USE_BUILD !== undefined) return;
  execFileSync(process.execPath, ['--import', 'tsx', join(root, 'scripts', 'build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: root,
  });
};
