#!/usr/bin/env node
/** The program: reads the configuration, starts the command, and turns what goes wrong into one line and an exit code. */
import { Console } from 'node:console';
import { ConfigError } from '../shared/errors.ts';
import { version } from '../shared/version.ts';
import type { Command, Terminal } from './commands/command.ts';
import { loadConfig } from './config.ts';
import { helpText } from './help.ts';
import type { CommandName } from './options.ts';

/** Each command is its own chunk of the bundle: serving must not pay for the engine, nor the engine for the protocol. */
const commandLoaders: { readonly [Name in CommandName]: () => Promise<Command> } = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  engine: async () => (await import('./commands/engine.ts')).engine,
  call: async () => (await import('./commands/call.ts')).call,
  read: async () => (await import('./commands/call.ts')).read,
  tools: async () => (await import('./commands/call.ts')).tools,
  demo: async () => (await import('./commands/demo.ts')).demo,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  audit: async () => (await import('./commands/audit.ts')).audit,
};

const terminal: Terminal = {
  print: (text) => writeOut(process.stdout, `${text}\n`),
  printError: (text) => writeOut(process.stderr, `${text}\n`),
  input: process.stdin,
  isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  hasColours: process.stdout.isTTY === true,
  flush: () => new Promise((resolve) => process.stdout.write('', () => resolve())),
  endWithin: (milliseconds) => void setTimeout(() => process.exit(), milliseconds).unref(),
  // The bundle's entry is also what a detached engine or the demo's server is started from.
  program: process.argv[1] ?? '',
};

// On stdout there is only what a command prints; a library that warns would break the protocol, or a script's JSON.
globalThis.console = new Console(process.stderr);

/** A reader that has gone (`| head`) is no error of ours. */
const writeOut = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(text);
};
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const main = async (): Promise<number> => {
  const config = loadConfig(process.argv.slice(2));
  if (config.command === 'help') terminal.print(helpText().trimEnd());
  else if (config.command === 'version') terminal.print(version);
  else return (await commandLoaders[config.command]())(config, terminal);
  return 0;
};

main().then(
  (code) => {
    // Not process.exit: what is still in the pipe must reach its reader.
    process.exitCode = code;
  },
  (error: unknown) => {
    terminal.printError(
      error instanceof ConfigError
        ? `batch-mcp: ${error.message}`
        : `batch-mcp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    process.exitCode = error instanceof ConfigError ? 2 : 1;
  },
);
