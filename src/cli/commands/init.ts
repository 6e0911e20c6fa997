/** `batch-mcp init`: adds this server to the configuration of a client. */
import { homedir } from 'node:os';
import { ConfigError } from '../../shared/errors.ts';
import { randomBytes, randomHex } from '../../shared/random.ts';
import type { Config } from '../config.ts';
import { type Asker, createAsker } from '../init/ask.ts';
import {
  type Client,
  type ClientName,
  clientNames,
  clients,
  isInstalled,
  type Machine,
} from '../init/clients.ts';
import { readConfigFile, writeConfigFile } from '../init/config-file.ts';
import { planJsonc } from '../init/edit-jsonc.ts';
import { planToml } from '../init/edit-toml.ts';
import { cursorLinkOf, vscodeLinkOf } from '../init/install-links.ts';
import { type ServerEntry, serverEntryOf } from '../init/server-entry.ts';
import { applyTextEdits, differenceOf } from '../init/text-edit.ts';
import type { Command, Terminal } from './command.ts';
import { doctor } from './doctor.ts';

type Mode = 'local' | 'cloud';

export const init: Command = async (config, terminal) => {
  const { environment, platform } = { environment: config.environment, platform: process.platform };
  const home = environment.HOME ?? environment.USERPROFILE ?? homedir();
  const asker = terminal.isInteractive ? createAsker(terminal) : undefined;
  try {
    const name = await clientNameOf(config, asker, { platform, home, environment });
    const mode = await modeOf(config, asker);
    const client = clients[name];
    const entry = serverEntryOf(mode, config, terminal.program, process.execPath);
    const file = client.fileOf({ platform, home, environment });
    const isWritten = await configure({ client, entry, file, config, terminal, asker });
    if (!isWritten) return 1;
    for (const line of followingSteps(name, mode, entry)) terminal.print(line);
    terminal.print('');
    return await doctor({ ...config, local: mode === 'local' }, terminal);
  } finally {
    asker?.close();
  }
};

const clientNameOf = async (
  config: Config,
  asker: Asker | undefined,
  machine: Machine,
): Promise<ClientName> => {
  if (config.client !== undefined) return config.client;
  if (asker === undefined) {
    throw new ConfigError(`batch-mcp init without a terminal needs --client: ${clientNames.join(', ')}.`);
  }
  return asker.choose(
    'Which client?',
    clientNames.map((value) => ({
      value,
      label: `${clients[value].title}${isInstalled(clients[value], machine) ? ' (found on this machine)' : ''}`,
    })),
  );
};

const modeOf = async ({ local, cloud }: Config, asker: Asker | undefined): Promise<Mode> => {
  if (local && cloud)
    throw new ConfigError('--local and --cloud exclude each other: configure one after the other.');
  if (local) return 'local';
  if (cloud) return 'cloud';
  if (asker === undefined)
    throw new ConfigError('batch-mcp init without a terminal needs --local or --cloud.');
  return asker.choose('Where do jobs run?', [
    { value: 'local', label: 'On this machine, with the local engine: no account needed' },
    { value: 'cloud', label: 'In the cloud, with keys of a Tencent Cloud account' },
  ]);
};

interface Task {
  readonly client: Client;
  readonly entry: ServerEntry;
  readonly file: string;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly asker: Asker | undefined;
}

/** Shows the change and makes it. @returns whether the entry is in the file now */
const configure = async ({ client, entry, file, config, terminal, asker }: Task): Promise<boolean> => {
  const { print } = terminal;
  const current = readConfigFile(file);
  const plan = (client.format === 'toml' ? planToml : planJsonc)(
    current.text,
    client.key,
    entry.name,
    client.entryOf(entry),
  );
  print(`${client.title}: ${file}${current.path === file ? '' : ` (a link to ${current.path})`}`);
  if (plan.kind === 'refused') {
    throw new ConfigError(`${current.path} is not changed: ${plan.reason}. Nothing was written.`);
  }
  if (plan.kind === 'same') {
    print(`The server ${entry.name} is configured already.`);
    return true;
  }
  for (const line of differenceOf(current.text, plan.edits)) print(line);
  const isAgreed = config.yes || (await asker?.confirm('Write this?')) === true;
  if (!isAgreed) {
    print(`Nothing was written.${asker === undefined ? ' Repeat the command with --yes to write it.' : ''}`);
    return false;
  }
  const tag = `batch-mcp-${randomHex(randomBytes, 4)}`;
  const backup = await writeConfigFile(current, applyTextEdits(current.text, plan.edits), tag);
  print(`Written.${backup === undefined ? '' : ` The previous file is ${backup}.`}`);
  return true;
};

const followingSteps = (name: ClientName, mode: Mode, entry: ServerEntry): readonly string[] => [
  clients[name].next,
  ...(mode === 'cloud'
    ? [
        'Keys are not written into the configuration: the server reads ~/.tencentcloud/credentials, the login of tccli, or TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY where the client passes them on.',
      ]
    : []),
  ...(name === 'cursor' ? [`The same as a link: ${cursorLinkOf(entry.name, entry)}`] : []),
  ...(name === 'vscode' ? [`The same as a link: ${vscodeLinkOf(entry.name, entry)}`] : []),
];
