/** How notices are delivered, as the operator configured it. */
import { networkOf } from '../../client/network.ts';
import { createTransport } from '../../client/transport.ts';
import { parseNotifyTarget, readNotifySecret } from '../../notify/notify-target.ts';
import { createPostWebhook } from '../../notify/post-webhook.ts';
import { createRunCommand } from '../../notify/run-command.ts';
import { notifySecretVariable } from '../../notify/secret-variable.ts';
import type { Deliver } from '../../notify/sender.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Log } from '../../shared/log.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { version } from '../../shared/version.ts';
import type { Config } from '../config.ts';
import { certificateOf } from './cloud-client.ts';

/** @throws ConfigError if the option or the secret is missing or invalid */
export const createDeliver = (config: Config, log: Log): Deliver => {
  const { notify, environment, dataDir, explicit } = config;
  if (notify === undefined) throw new ConfigError('--notify is missing: it names a program or a webhook.');
  const parsed = parseNotifyTarget(notify);
  if ('problem' in parsed)
    throw new ConfigError(`${explicit.get('notify') ?? '--notify'} ${parsed.problem}.`);
  const { target } = parsed;
  if (target.kind === 'command')
    return createRunCommand({ argv: target.argv, cwd: dataDir, environment, log });
  const secret = readNotifySecret(environment[notifySecretVariable]);
  if ('problem' in secret) throw new ConfigError(secret.problem);
  const transport = createTransport({
    connect: async () =>
      networkOf({
        env: environment,
        isLoopback: isLoopback(target.url.hostname),
        ca: await certificateOf(config.ca),
      }).connect(),
  });
  return createPostWebhook(target.url, secret.key, transport, Date.now, version);
};
