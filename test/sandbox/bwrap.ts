/** Whether bubblewrap works on this machine; tests that need it are skipped where it does not. */
import { tmpdir } from 'node:os';
import { decideSandbox } from '../../src/engine/runner/processes/sandbox.ts';

const host = { dataDir: tmpdir(), path: process.env.PATH, platform: process.platform };
const verdict = decideSandbox('auto', false, host);
export const hasBwrap = verdict.mode === 'bwrap';
