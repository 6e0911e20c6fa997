/** Whether bubblewrap works on this machine; the tests that need it are reported as skipped where it does not. */
import { tmpdir } from 'node:os';
import { decideSandbox } from '../../src/engine/runner/processes/sandbox.ts';

const place = { dataDir: tmpdir(), path: process.env.PATH, platform: process.platform };
export const verdict = decideSandbox('auto', false, place);
export const hasBwrap = verdict.mode === 'bwrap';
