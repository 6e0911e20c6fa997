/** Checks of `batch-mcp doctor`: whether notices can be delivered. Nothing is started or sent. */
import type { Check } from '../../client/doctor.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Config } from '../config.ts';
import { programProblemOf, receiverOf, receiverTextOf } from './notice-delivery.ts';

const name = 'notify';

/** The target of `--notify` and, for the local engine, whether a running engine has one. */
export const notifyChecks = async (config: Config): Promise<readonly Check[]> => {
  const target = targetCheck(config);
  const engine = config.local && target.state === 'ok' ? await engineCheck(config.dataDir) : undefined;
  return engine === undefined ? [target] : [target, engine];
};

const targetCheck = (config: Config): Check => {
  try {
    const receiver = receiverOf(config);
    const problem = programProblemOf(receiver, config);
    if (problem !== undefined) {
      const next = 'Correct its path, or make it executable (chmod +x); events wait for it for three days.';
      return { name, state: 'failed', found: problem, next };
    }
    const to = receiverTextOf(receiver);
    const found =
      receiver.kind === 'command'
        ? `notices go to the program ${to}, which can be executed`
        : `notices are posted to ${to}, signed with a secret of ${receiver.key.length} bytes; the address was not tried`;
    return { name, state: 'ok', found };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { name, state: 'failed', found: error.message, next: 'docs/notifications.md has examples.' };
  }
};

/** An engine that runs already is not changed by the option. */
const engineCheck = async (dataDir: string): Promise<Check | undefined> => {
  const { findEngine } = await import('../../engine/daemon/daemon.ts');
  const engine = await findEngine(dataDir);
  if (engine === undefined || engine.status.notifies === true) return undefined;
  return {
    name,
    state: 'warning',
    found: 'the local engine that is running was started without --notify and sends no notices',
    next: 'Stop it with `batch-mcp engine stop`; the next call starts one with --notify.',
  };
};
