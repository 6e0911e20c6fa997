/**
 * Serves one run on a Unix socket, to `session.js` and to the MCP proxy.
 * Started by `session.js` with its settings as JSON.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskOf } from '../tasks/index.ts';
import type { RunRecord } from './record.ts';
import { type Condition, type Run, startRun } from './run.ts';

export interface RunServer {
  readonly socket: string;
  /** Resolves with the record when the run is finished. */
  readonly finished: Promise<RunRecord>;
  finish(answer: string): Promise<RunRecord>;
}

interface Command {
  readonly verb: string;
  readonly name?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly uri?: string;
  readonly answer?: string;
}

/**
 * @param onFinished called with the record before anyone else gets it
 * @returns the address at which the run is served until it is finished
 */
export const serveRun = async (
  run: Run,
  onFinished: (record: RunRecord) => void = () => {},
): Promise<RunServer> => {
  const socket = join(tmpdir(), `batch-mcp-eval-${process.pid}-${Date.now()}.sock`);
  let resolveFinished: (record: RunRecord) => void = () => {};
  const finished = new Promise<RunRecord>((resolve) => {
    resolveFinished = resolve;
  });
  let result: Promise<RunRecord> | undefined;
  const finish = (answer: string): Promise<RunRecord> => {
    result ??= run.finish(answer).then((record) => {
      server.close();
      onFinished(record);
      resolveFinished(record);
      return record;
    });
    return result;
  };
  const server = createServer(async (incoming, outgoing) => {
    try {
      const answer = await respond(await commandOf(incoming), run, finish);
      outgoing.end(JSON.stringify(answer));
    } catch (error) {
      outgoing.statusCode = 500;
      outgoing.end(JSON.stringify({ isError: true, text: String(error) }));
    }
  });
  // A call may wait for minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { socket, finished, finish };
};

const commandOf = async (incoming: IncomingMessage): Promise<Command> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

const respond = async (
  { verb, name = '', args = {}, uri = '', answer = '' }: Command,
  { recorder }: Run,
  finish: RunServer['finish'],
): Promise<object> => {
  switch (verb) {
    case 'list':
      return {
        tools: recorder.tools,
        instructions: recorder.instructions,
        hasResources: recorder.hasResources,
      };
    case 'call':
      return recorder.call(name, args);
    case 'resources':
      return recorder.resources();
    case 'read':
      return recorder.read(uri);
    case 'finish':
      return finish(answer);
    default:
      return { isError: true, text: `There is no command ${verb}.` };
  }
};

interface DaemonSettings {
  readonly task: string;
  readonly condition: Condition;
  readonly program: string;
  readonly flags: readonly string[];
  readonly series: string;
  readonly run: number;
  /** Directory of the session. */
  readonly out: string;
}

const main = async (settings: DaemonSettings): Promise<void> => {
  const task = taskOf(settings.task);
  const transcript = join(settings.out, 'transcript.jsonl');
  const server = await serveRun(await startRun({ ...settings, task, transcript }), (record) =>
    writeFileSync(join(settings.out, 'record.json'), `${JSON.stringify(record, null, 2)}\n`),
  );
  // An agent that never finishes must not leave an engine behind.
  const end = setTimeout(() => void server.finish(''), (task.limits.seconds + 60) * 1000);
  const file = join(settings.out, 'session.json');
  const session = { socket: server.socket, pid: process.pid, task: task.id, prompt: task.prompt };
  // The client waits for this file and must not read half of it.
  writeFileSync(`${file}.new`, JSON.stringify(session));
  renameSync(`${file}.new`, file);
  await server.finished;
  clearTimeout(end);
};

const [, program, settings] = process.argv;
if (program === import.meta.filename && settings !== undefined) await main(JSON.parse(settings));
