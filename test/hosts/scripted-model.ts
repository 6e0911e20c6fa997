/** A model that follows a script: an HTTP server that speaks the protocols of the model vendors, for real agent hosts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ModelProtocol, protocols } from './model-protocols.ts';

/** One call the model makes, by the tool's own name. */
export interface ScriptedCall {
  readonly tool: string;
  /** @param results the texts of the results of the earlier calls */
  arguments(results: readonly string[]): object;
}

/** What one request of a host tells: the tools it offers, and the results of the calls so far. */
export interface ModelRequest {
  readonly tools: readonly string[];
  readonly results: readonly string[];
}

/** What the model answers: a call, or the end of the turn. */
export type ModelAnswer =
  | { readonly kind: 'call'; readonly tool: string; readonly arguments: object; readonly id: string }
  | { readonly kind: 'text'; readonly text: string };

export interface ScriptedModel {
  readonly origin: string;
  /** Names of the tools that the host offered, as the host names them. */
  readonly offered: ReadonlySet<string>;
  /** Results of the calls, in order. */
  readonly results: readonly string[];
  /** Whether a request of the host contained a text, such as the name of a skill. */
  saw(text: string): boolean;
  stop(): void;
}

/** Starts the model. It makes the calls in order, one for each result it gets back, and then ends its turn. */
export const startScriptedModel = async (script: readonly ScriptedCall[]): Promise<ScriptedModel> => {
  const offered = new Set<string>();
  const results: string[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    const body = await bodyOf(request);
    const protocol = protocols.find((each) => each.matches(path));
    if (protocol === undefined || request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    bodies.push(body);
    reply(protocol, path, JSON.parse(body), response);
  };
  const reply = (protocol: ModelProtocol, path: string, body: unknown, response: ServerResponse): void => {
    const read = protocol.read(body);
    for (const tool of read.tools) offered.add(tool);
    // A host also asks for titles and summaries, without offering tools.
    if (read.tools.length > 0 && read.results.length > results.length) {
      results.splice(0, results.length, ...read.results);
    }
    protocol.write(answerTo(script, read), path, body, response);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    offered,
    results,
    saw: (text) => bodies.some((body) => body.includes(text)),
    stop: () => void server.close().closeAllConnections(),
  };
};

const answerTo = (script: readonly ScriptedCall[], { tools, results }: ModelRequest): ModelAnswer => {
  const step = script[results.length];
  // Hosts prefix the names of tools: mcp__batch__X, batch_X.
  const tool = tools.find((name) => step !== undefined && name.endsWith(step.tool));
  if (step === undefined || tool === undefined) return { kind: 'text', text: 'Done.' };
  return { kind: 'call', tool, arguments: step.arguments(results), id: `call_${results.length + 1}` };
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};
