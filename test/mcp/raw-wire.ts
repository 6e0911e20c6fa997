/** A connection without a client: JSON lines out, JSON lines in. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Message = Readonly<Record<string, unknown>>;

/** Speaks to a server that was spawned; every line it wrote is kept. */
export const openWire = (child: ChildProcessWithoutNullStreams) => {
  const lines: string[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    const message = JSON.parse(line) as Message;
    waiting.get(Number(message.id))?.(message);
  });
  // A process that dies must fail the test, not leave it waiting.
  child.once('exit', (code) => {
    for (const settle of waiting.values()) settle({ error: `the server ended with ${code}` });
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

/** What every request of 2026-07-28 brings with it. */
export const metaOf = (version: string) => ({
  _meta: {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  },
});
