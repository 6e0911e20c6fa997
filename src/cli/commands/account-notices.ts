/** Sends notices of the jobs of the configured accounts: polls each, and delivers what is new. */
import type { ActionName, InputOf } from '../../catalogue/index.ts';
import { wait } from '../../mcp/contract/wait.ts';
import { type AccountEvents, openAccountEvents } from '../../notify/account-events.ts';
import { backoffOf, type Deliver, sendWaiting } from '../../notify/sender.ts';
import { lockSending } from '../../notify/sender-lock.ts';
import type { EventQueue } from '../../shared/job-event.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { eventLimitsOf } from './cloud-client.ts';
import { createDeliver } from './notice-delivery.ts';
import { createTarget, type Target } from './target.ts';

/** One account in one region. */
interface Source {
  readonly events: AccountEvents;
  readonly queue: EventQueue;
  poll(signal: AbortSignal): Promise<void>;
}

/** A poll is one or two requests, and a person who is notified does not notice a minute. */
const pollMs = 60_000;

/**
 * Polls and sends until the signal is aborted. Waits while another program of this data directory does.
 * @param say receives what it waits for
 * @throws ConfigError if the configuration cannot be used
 */
export const followAccounts = async (
  targets: readonly Target[],
  config: Config,
  log: Log,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> => {
  const deliver = createDeliver(config, log);
  let unlock = lockSending(config.dataDir);
  if (unlock === undefined)
    say(`another program sends the notices of ${config.dataDir}; this one waits until that has ended`);
  try {
    while (unlock === undefined) {
      await wait(pollMs, signal);
      unlock = lockSending(config.dataDir);
    }
    await Promise.all(targets.map((target) => followTarget(target, config, deliver, log, signal)));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    unlock?.();
  }
};

/**
 * Polls and sends one time.
 * @returns what went wrong, one sentence each; undefined while another program sends
 */
export const notifyOnce = async (
  targets: readonly Target[],
  config: Config,
  log: Log,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> => {
  const deliver = createDeliver(config, log);
  const unlock = lockSending(config.dataDir);
  if (unlock === undefined) return undefined;
  const problems: string[] = [];
  try {
    for (const target of targets) {
      let source: Source | undefined;
      try {
        source = await openSource(target, config);
        await source.poll(signal);
      } catch (error) {
        // The accounts of other profiles can be read all the same.
        problems.push(`${target.where}: ${messageOf(error)}`);
      }
      if (source === undefined) continue;
      // What an earlier run did not deliver is sent also where the poll failed.
      const failed = await sendWaiting(
        { queue: source.queue, deliver, log, now: Date.now },
        { ending: signal, cutting: signal },
      );
      if (failed !== undefined) problems.push(failed);
      source.events.close();
    }
  } finally {
    unlock();
  }
  return problems;
};

/**
 * The accounts that are watched: those of the cloud, because the local engine sends its own notices.
 * @throws ConfigError if the profiles cannot be read
 */
export const accountTargetsOf = async (
  config: Config,
  log: Log,
  program: string,
): Promise<readonly Target[]> => {
  if (config.config === undefined) return [createTarget(config, log, program)];
  const { openProfiles, readProfiles } = await import('./profile-services.ts');
  const profiles = await readProfiles(config, config.config);
  if (profiles instanceof Error) throw profiles;
  return openProfiles(config, profiles, log, program)
    .profiles.filter((profile) => !profile.config.local)
    .map(({ target }) => target);
};

const openSource = async ({ connect }: Target, config: Config): Promise<Source> => {
  const { client } = await connect();
  const { account, region = '' } = await client.identity();
  const scope = { dataDir: config.dataDir, endpoint: client.endpoint, account, region };
  const events = openAccountEvents(scope, eventLimitsOf(config), Date.now);
  return {
    events,
    // Before the first poll, whose events are to be sent.
    queue: events.queue(),
    poll: (signal) =>
      events.poll(async <A extends ActionName>(action: A, input: InputOf<A>) => {
        const { output } = await client.call(action, input, { signal });
        return output;
      }),
  };
};

/** Without network or credentials it tries again, as long as the program lives. */
const followTarget = async (
  target: Target,
  config: Config,
  deliver: Deliver,
  log: Log,
  signal: AbortSignal,
): Promise<void> => {
  let source: Source | undefined;
  let failures = 0;
  try {
    for (;;) {
      try {
        source ??= await openSource(target, config);
        await source.poll(signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn(`the jobs of ${target.where} could not be read: ${messageOf(error)}`);
      }
      const failed =
        source &&
        (await sendWaiting(
          { queue: source.queue, deliver, log, now: Date.now },
          { ending: signal, cutting: signal },
        ));
      failures = failed === undefined ? 0 : failures + 1;
      if (failed !== undefined && !signal.aborted) log.warn(failed);
      await wait(failures > 0 ? Math.min(backoffOf(failures), pollMs) : pollMs, signal);
    }
  } finally {
    source?.events.close();
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
