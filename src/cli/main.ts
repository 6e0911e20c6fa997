#!/usr/bin/env node
/** The program's entry: reads the configuration, runs the command, and reports errors as one line and an exit code. */
import { Console } from 'node:console';
import { asDataDirectoryError } from '../shared/data-directory-error.ts';
import { ConfigError } from '../shared/errors.ts';
import { version } from '../shared/version.ts';
import type { CommandName } from './command-table.ts';
import type { Command, Terminal } from './commands/command.ts';
import { loadConfig } from './config.ts';
import { helpText } from './help.ts';

/** Each command is a separate chunk of the bundle: serving does not load the engine, nor the engine the protocol. */
const commandLoaders: { readonly [Name in CommandName]: () => Promise<Command> } = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  init: async () => (await import('./commands/init.ts')).init,
  engine: async () => (await import('./commands/engine.ts')).engine,
  call: async () => (await import('./commands/call.ts')).call,
  read: async () => (await import('./commands/call.ts')).read,
  watch: async () => (await import('./commands/watch.ts')).watch,
  tools: async () => (await import('./commands/call.ts')).tools,
  demo: async () => (await import('./commands/demo.ts')).demo,
  report: async () => (await import('./commands/report.ts')).report,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  notify: async () => (await import('./commands/notify.ts')).notify,
  audit: async () => (await import('./commands/audit.ts')).audit,
};

const terminal: Terminal = {
  print: (text) => writeOut(process.stdout, `${text}\n`),
  printError: (text) => writeOut(process.stderr, `${text}\n`),
  input: process.stdin,
  output: process.stdout,
  isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  hasColours: process.stdout.isTTY === true,
  columns: () => process.stdout.columns || 80,
  flush: () => new Promise((resolve) => process.stdout.write('', () => resolve())),
  endWithin: (milliseconds) => void setTimeout(() => process.exit(), milliseconds).unref(),
  // The detached engine and the demo's server are started from the same file.
  program: process.argv[1] ?? '',
};

// stdout carries the protocol or a command's JSON; a warning of a library there would break both.
globalThis.console = new Console(process.stderr);

const writeOut = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(text);
};
// A reader that closes the pipe early (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
// A closed stderr loses log lines, and nothing else.
process.stderr.on('error', () => undefined);

const main = async (): Promise<number> => {
  const config = loadConfig(process.argv.slice(2));
  if (config.command === 'help') terminal.print(helpText().trimEnd());
  else if (config.command === 'version') terminal.print(version);
  else {
    const run = await commandLoaders[config.command]();
    return run(config, terminal).catch((error: unknown) => {
      throw asDataDirectoryError(error, config.dataDir);
    });
  }
  return 0;
};

main().then(
  (code) => {
    // process.exit would lose output that is still buffered.
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
