#!/usr/bin/env node
/**
 * Lets any agent with a shell take part in the evaluations, through the same recorder. Plain JavaScript, because agents
 * call it thousands of times. README.md describes the commands.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `Usage:
  suite OUT --condition A|B --series NAME [--server FILE] [--flags '…'] [--tasks ID,…] [--run N]
  next OUT                           starts the next task of the suite; prints its directory and prompt
  start --task ID --condition A|B --out DIR [--server FILE] [--flags '…'] [--series NAME] [--run N]
  list DIR                           the tools
  call DIR TOOL ['JSON'|-]           calls a tool; - reads the JSON from stdin
  call DIR TOOL ['JSON'] --text F    the same, with stdin as the text of the argument F
  resources DIR                      the resources of the server
  read DIR URI                       reads a resource
  finish DIR ['ANSWER'|-]            ends the task with your final answer`;

const main = async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(
      ['task', 'condition', 'server', 'flags', 'series', 'run', 'out', 'tasks', 'text'].map((name) => [
        name,
        { type: 'string' },
      ]),
    ),
  });
  const [command, directory = '', ...rest] = positionals;
  switch (command) {
    case 'suite':
      return makeSuite(directory, values);
    case 'next':
      return startNext(directory);
    case 'start':
      return start(values.task, values.out, settingsOf(values));
    case 'list':
      return print(listing(await send(directory, { verb: 'list' })));
    case 'call':
      return printAnswer(
        await send(directory, { verb: 'call', name: rest[0], args: argumentsOf(rest[1], values.text) }),
      );
    case 'resources':
      return printAnswer(await send(directory, { verb: 'resources' }));
    case 'read':
      return printAnswer(await send(directory, { verb: 'read', uri: rest[0] }));
    case 'finish':
      await send(directory, { verb: 'finish', answer: rest[0] === '-' ? stdin() : (rest[0] ?? '') });
      return print('Recorded.');
    default:
      print(usage);
      process.exitCode = 1;
  }
};

const print = (text) => process.stdout.write(`${text}\n`);
const printAnswer = ({ text }) => print(text);
const stdin = () => readFileSync(0, 'utf8');

const settingsOf = ({ condition = 'A', server, flags = '', series, run = '1' }) => ({
  condition,
  program: resolve(server ?? join(import.meta.dirname, '..', 'dist', 'batch-mcp.js')),
  flags: flags.split(' ').filter((flag) => flag !== ''),
  series: series ?? (condition === 'A' ? 'batch-mcp' : 'SDK and shell'),
  run: Number(run),
});

/** The suite is a file; the directories of its tasks show how far it is. */
const makeSuite = (directory, values) => {
  mkdirSync(directory, { recursive: true });
  const tasks = values.tasks?.split(',') ?? allTasks();
  writeFileSync(join(directory, 'suite.json'), JSON.stringify({ tasks, settings: settingsOf(values) }));
  print(`${tasks.length} tasks. Start each with: next ${directory}`);
};

/** The id of a task is the name of its file. */
const allTasks = () =>
  readdirSync(join(import.meta.dirname, 'tasks'))
    .filter((file) => file !== 'index.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();

const startNext = async (directory) => {
  const { tasks, settings } = JSON.parse(readFileSync(join(directory, 'suite.json'), 'utf8'));
  const open = tasks.find((task) => !existsSync(join(directory, task, 'record.json')));
  if (open === undefined) return print('All tasks of this suite are finished.');
  if (existsSync(join(directory, open, 'session.json'))) return show(join(directory, open));
  await start(open, join(directory, open), settings);
};

const start = async (task, out, settings) => {
  mkdirSync(out, { recursive: true });
  const file = join(out, 'session.json');
  const daemon = join(import.meta.dirname, 'harness', 'daemon.ts');
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const child = spawn(
    process.execPath,
    ['--import', `file://${tsx}`, daemon, JSON.stringify({ ...settings, task, out: resolve(out) })],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let problem = '';
  child.stderr.on('data', (chunk) => {
    problem += chunk;
  });
  let hasEnded = false;
  child.on('exit', () => {
    hasEnded = true;
  });
  while (!existsSync(file)) {
    if (hasEnded) throw new Error(`The task could not be started. ${problem}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  child.stderr.destroy();
  child.unref();
  show(out);
};

const show = (directory) => {
  const { prompt } = JSON.parse(readFileSync(join(directory, 'session.json'), 'utf8'));
  print(`DIR: ${directory}\n\n${prompt}`);
};

const send = (directory, command) => {
  const { socket } = JSON.parse(readFileSync(join(directory, 'session.json'), 'utf8'));
  return new Promise((resolveAnswer, reject) => {
    const sent = request({ socketPath: socket, method: 'POST' }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolveAnswer(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
    });
    sent.on('error', () => reject(new Error('This task is finished.')));
    sent.end(JSON.stringify(command));
  });
};

const listing = ({ tools, instructions }) =>
  [instructions, ...tools.map((tool) => JSON.stringify(tool))].join('\n');

const argumentsOf = (json, textField) => {
  if (textField !== undefined) return { ...JSON.parse(json ?? '{}'), [textField]: stdin() };
  return JSON.parse(json === '-' ? stdin() : (json ?? '{}'));
};

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
