/** How notices are delivered, as the operator configured it. */
import { isAbsolute } from 'node:path';
import { networkOf } from '../../client/network.ts';
import { createTransport } from '../../client/transport.ts';
import { type NotifyTarget, parseNotifyTarget, readNotifySecret } from '../../notify/notify-target.ts';
import { createPostWebhook } from '../../notify/post-webhook.ts';
import { createRunCommand } from '../../notify/run-command.ts';
import { notifySecretVariable } from '../../notify/secret-variable.ts';
import type { Deliver } from '../../notify/sender.ts';
import { ConfigError } from '../../shared/errors.ts';
import { executableProblemOf, findProgram } from '../../shared/find-program.ts';
import type { Log } from '../../shared/log.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { version } from '../../shared/version.ts';
import type { Config } from '../config.ts';
import { certificateOf } from './cloud-client.ts';

/** Where notices go, with what is needed to deliver them. */
type Receiver =
  | Extract<NotifyTarget, { readonly kind: 'command' }>
  | (Extract<NotifyTarget, { readonly kind: 'webhook' }> & { readonly key: Buffer });

/** @throws ConfigError if the option or the secret is missing or invalid */
export const receiverOf = ({ notify, environment, explicit }: Config): Receiver => {
  if (notify === undefined) throw new ConfigError('--notify is missing: it names a program or a webhook.');
  const parsed = parseNotifyTarget(notify);
  if ('problem' in parsed)
    throw new ConfigError(`${explicit.get('notify') ?? '--notify'} ${parsed.problem}.`);
  const { target } = parsed;
  if (target.kind === 'command') return target;
  const secret = readNotifySecret(environment[notifySecretVariable]);
  if ('problem' in secret) throw new ConfigError(secret.problem);
  return { ...target, key: secret.key };
};

/** For messages: the program, or the origin of a webhook, whose path may contain a token. */
export const receiverTextOf = (receiver: Receiver): string =>
  receiver.kind === 'command' ? receiver.argv[0] : receiver.url.origin;

/** Where the system searches programs if there is no PATH. */
const defaultPath = '/usr/bin:/bin';

/** Why the program of a receiver cannot be started; undefined for a webhook, which is not tried. */
export const programProblemOf = (receiver: Receiver, { environment }: Config): string | undefined => {
  if (receiver.kind !== 'command') return undefined;
  const [program] = receiver.argv;
  const problem = isAbsolute(program)
    ? executableProblemOf(program)
    : findProgram(program, environment.PATH ?? defaultPath) === undefined
      ? 'is in no directory of PATH'
      : undefined;
  return problem && `the program of --notify, ${program}, ${problem}`;
};

/** @throws ConfigError if the option or the secret is missing or invalid */
export const createDeliver = (config: Config, log: Log): Deliver => {
  const { environment, dataDir } = config;
  const target = receiverOf(config);
  const problem = programProblemOf(target, config);
  // It may be installed later, and events wait for it.
  if (problem !== undefined) log.warn(problem);
  if (target.kind === 'command')
    return createRunCommand({ argv: target.argv, cwd: dataDir, environment, log });
  const transport = createTransport({
    connect: async () =>
      networkOf({
        env: environment,
        isLoopback: isLoopback(target.url.hostname),
        ca: await certificateOf(config.ca),
      }).connect(),
  });
  return createPostWebhook(target.url, target.key, transport, Date.now, version);
};
