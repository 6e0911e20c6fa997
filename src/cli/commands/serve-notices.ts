/** Notices of a server: of the cloud's jobs while it lives. The local engine sends its own. */
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { createDeliver } from './notice-delivery.ts';

/** After the client has its list of tools, so that a start takes as long as without. */
const delayMs = 2_000;

/**
 * Starts to send, after a while.
 * @returns stops it
 * @throws ConfigError for an invalid target: that its notices are missing would be noticed too late
 */
export const startNotices = (config: Config, log: Log, program: string): AbortController => {
  createDeliver(config, log);
  const ending = new AbortController();
  if (config.local) return ending;
  const start = async (): Promise<void> => {
    const { accountTargetsOf, followAccounts } = await import('./account-notices.ts');
    const targets = await accountTargetsOf(config, log, program);
    await followAccounts(targets, config, log, ending.signal, log.info);
  };
  const timer = setTimeout(
    () => void start().catch((error: unknown) => log.error(`notices are not sent: ${String(error)}`)),
    delayMs,
  ).unref();
  ending.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return ending;
};
