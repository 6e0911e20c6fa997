/** `batch-mcp audit verify`: says whether each chain of the audit file is whole. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { verifyAudit } from '../../mcp/audit/verify-audit.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Command } from './command.ts';

export const audit: Command = async (config, terminal) => {
  if (config.rest.length !== 1 || config.rest[0] !== 'verify')
    throw new ConfigError('It is: batch-mcp audit verify');
  const file = config.auditFile ?? join(config.dataDir, 'audit.jsonl');
  if (file === 'off')
    throw new ConfigError(
      'The audit is off, so there is nothing to verify. Name the file with --audit-file.',
    );
  if (!existsSync(file)) {
    terminal.printError(`There is no audit file ${file} yet: nothing was created, changed or destroyed.`);
    return 0;
  }
  const { isWhole, chains, unreadable } = await verifyAudit(
    createInterface({ input: createReadStream(file) }),
  );
  for (const { chain, lines, broken } of chains) {
    terminal.print(
      `${chain}: ${lines} ${lines === 1 ? 'line' : 'lines'}, ${broken ? `broken at line ${broken.line} of the file: ${broken.why}` : 'whole'}`,
    );
  }
  for (const line of unreadable) terminal.print(`line ${line} of the file is no line of an audit`);
  terminal.print(
    isWhole
      ? `${file} is whole, as far as can be seen: lines cut off at the end of a chain leave no trace.`
      : `${file} has been changed or damaged.`,
  );
  return isWhole ? 0 : 1;
};
