/** `batch-mcp audit verify`: verifies the integrity of each chain of the audit file. */
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { verifyAudit } from '../../mcp/audit/verify-audit.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Command } from './command.ts';

export const audit: Command = async (config, terminal) => {
  if (config.rest.length !== 1 || config.rest[0] !== 'verify')
    throw new ConfigError('Usage: batch-mcp audit verify');
  const file = config.auditFile ?? join(config.dataDir, 'audit.jsonl');
  if (file === 'off') throw new ConfigError('Auditing is off. Name the file to verify with --audit-file.');
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) {
    terminal.printError(`There is no audit file ${file} yet: no changing call has been made.`);
    return 0;
  }
  if (!stats.isFile()) throw new ConfigError(`The audit file ${file} is not a regular file.`);
  const { isIntact, chains, unreadable } = await verifyAudit(
    createInterface({ input: createReadStream(file) }),
  );
  for (const { chain, lines, broken } of chains) {
    terminal.print(
      `${chain}: ${lines} ${lines === 1 ? 'line' : 'lines'}, ${broken ? `broken at line ${broken.line} of the file: ${broken.why}` : 'intact'}`,
    );
  }
  for (const line of unreadable) terminal.print(`line ${line} of the file is not an audit record`);
  terminal.print(
    isIntact
      ? `${file} is intact, as far as can be verified: lines removed from the end of a chain leave no trace.`
      : `${file} has been modified or damaged.`,
  );
  return isIntact ? 0 : 1;
};
