/** Sends an engine-only request to the engine of a data directory. */
import { type IncomingMessage, request } from 'node:http';
import { ConfigError } from '../../shared/errors.ts';
import { type ControlVerb, controlHeaders, controlPath, proofOf } from './control.ts';
import type { EngineAddress } from './data-directory.ts';
import { connectToSocket } from './socket.ts';

/** A local engine answers in a millisecond, in a tenth of a second while it expands a large job. */
const answerTimeoutMs = 5000;
/** An answer lists at most a few hundred attempts. Another program on the engine's port may send anything. */
const maxAnswerBytes = 1024 * 1024;

/**
 * Sends one request over the engine's Unix socket, or over its port where it has none (version 0.1.0). Both sides prove
 * that they know the directory's key, so another program that has taken the port is neither trusted nor sent anything.
 * @returns the parsed answer; undefined when no engine answers
 * @throws ConfigError when the directory of the socket is not private
 */
export const askEngine = async (
  address: EngineAddress,
  verb: ControlVerb,
  input?: object,
): Promise<object | undefined> => {
  const time = Date.now();
  const body = input === undefined ? '' : JSON.stringify(input);
  const text = await exchange(address, verb, body, time);
  const answer = text === undefined ? undefined : parse(text);
  if (answer === undefined) return undefined;
  const { proof, ...result } = answer;
  return proof === proofOf(address.secretKey, 'answer', verb, time) ? result : undefined;
};

const exchange = (
  address: EngineAddress,
  verb: ControlVerb,
  body: string,
  time: number,
): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...controlHeaders(address.secretKey, verb, time, body),
      'content-length': Buffer.byteLength(body),
    };
    const { socket } = address;
    const call = request(new URL(controlPath + verb, address.endpoint), {
      method: 'POST',
      headers,
      signal: AbortSignal.timeout(answerTimeoutMs),
      // Node uses `createConnection` only without an agent.
      ...(socket === undefined ? { agent: false } : { createConnection: () => connectToSocket(socket) }),
    });
    call.on('response', (response) => readAnswer(response, resolve));
    call.on('error', (error) => (error instanceof ConfigError ? reject(error) : resolve(undefined)));
    call.end(body);
  });

const readAnswer = (response: IncomingMessage, resolve: (text: string | undefined) => void): void => {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxAnswerBytes) response.destroy();
  });
  response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  response.on('close', () => resolve(undefined));
  response.on('error', () => resolve(undefined));
};

const parse = (text: string): ({ readonly proof?: unknown } & object) | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};
