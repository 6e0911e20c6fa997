/** Paths that tests share: the repository root and the built program. */
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
/** The bundled program; `test/build.setup.ts` builds it before the first test. */
export const program = join(root, 'dist', 'batch-mcp.js');
