/** Forwards requests to the engine and records them: what was asked, and whether the engine accepted it. */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { actions, isActionName } from '../../src/catalogue/index.ts';

export interface LoggedRequest {
  readonly action: string;
  /** Arguments; undefined where they are not JSON. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
  /** Code of the refusal; undefined for an accepted request. */
  readonly code: string | undefined;
}

export interface RequestLog {
  /** Address to use in place of the engine's. */
  readonly endpoint: string;
  readonly requests: readonly LoggedRequest[];
  close(): Promise<void>;
}

/** Whether the request changed something, or may have: an action that is not known counts. */
export const isChange = ({ action, code }: LoggedRequest): boolean =>
  code === undefined && (!isActionName(action) || actions[action].effect !== 'read');

/** @param engine address of the engine. Requests are forwarded unchanged, so that their signatures stay valid. */
export const startRequestLog = async (engine: string): Promise<RequestLog> => {
  const requests: LoggedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await bytesOf(incoming);
    const forwarded = httpRequest(
      new URL(incoming.url ?? '/', engine),
      { method: incoming.method ?? 'POST', headers: incoming.headers },
      async (response) => {
        const answer = await bytesOf(response);
        requests.push({
          action: actionOf(incoming, body),
          input: jsonOf(body),
          code: codeOf(answer),
        });
        outgoing.writeHead(response.statusCode ?? 502, response.headers).end(answer);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const bytesOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** The older signatures carry the action in the query or in the form. */
const actionOf = (incoming: IncomingMessage, body: Buffer): string =>
  incoming.headers['x-tc-action']?.toString() ??
  new URL(incoming.url ?? '/', 'http://engine').searchParams.get('Action') ??
  new URLSearchParams(body.toString('utf8')).get('Action') ??
  'unknown';

const jsonOf = (body: Buffer): LoggedRequest['input'] => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
};

const codeOf = (answer: Buffer): string | undefined => {
  const fields = jsonOf(answer) as { Response?: { Error?: { Code?: string } } } | undefined;
  return fields === undefined ? 'no JSON' : fields.Response?.Error?.Code;
};
