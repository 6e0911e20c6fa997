/** A raw connection to a server: JSON lines in both directions, without a client library. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Message = Readonly<Record<string, unknown>>;

/** Connects to a spawned server and records every line that it writes. */
export const openWire = (child: ChildProcessWithoutNullStreams) => {
  const lines: string[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    const message = JSON.parse(line) as Message;
    waiting.get(Number(message.id))?.(message);
  });
  // An exit of the process must fail the test instead of leaving it waiting.
  child.once('exit', (code) => {
    for (const settle of waiting.values()) settle({ error: `the server exited with ${code}` });
  });
  let id = 0;
  return {
    lines,
    request: (method: string, params: Message): Promise<Message> => {
      id += 1;
      const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      return answer;
    },
  };
};

/** The metadata of every request in protocol version 2026-07-28. */
export const metaOf = (version: string) => ({
  _meta: {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  },
});
