/** A service on this machine that answers requests of object storage as a test says: refusals that the engine never gives. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export type Answer = (response: ServerResponse, request: ReceivedRequest, count: number) => void;

export interface RefusingStorage {
  readonly endpoint: string;
  readonly received: readonly ReceivedRequest[];
  stop(): Promise<void>;
}

/** An error document of the service. */
export const refusal =
  (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response, { method }) => {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test says &amp; no more</Message><RequestId>request-1</RequestId></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(method === 'HEAD' ? undefined : body);
  };

/** An object; `Range` is answered as the service does. */
export const object =
  (content: Buffer, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response, { method, headers: { range } }) => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const first = from === '' ? 0 : Number(from);
    const last = to === '' ? content.length - 1 : Math.min(Number(to), content.length - 1);
    const part = content.subarray(first, last + 1);
    response.writeHead(range === undefined ? 200 : 206, {
      etag: '"tag"',
      'content-length': part.length,
      ...(range !== undefined && { 'content-range': `bytes ${first}-${last}/${content.length}` }),
      ...headers,
    });
    response.end(method === 'HEAD' ? undefined : part);
  };

/** The head of an object as it is, and the first half of every part that is asked for. */
export const halfOf =
  (content: Buffer): Answer =>
  (response, request, count) => {
    if (request.method === 'HEAD') return object(content)(response, request, count);
    const [, from = '0'] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    const part = content.subarray(Number(from));
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      etag: '"tag"',
      'content-length': part.length,
      ...(request.headers.range !== undefined && {
        'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
      }),
    });
    response.write(part.subarray(0, Math.ceil(part.length / 2)), () => response.destroy());
  };

/** @param answerOf the answer to a request, by its decoded path without the bucket */
export const startRefusingStorage = async (
  answerOf: (key: string, request: ReceivedRequest) => Answer,
): Promise<RefusingStorage> => {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers };
      received.push(one);
      const path = decodeURIComponent(url.replace(/\?.*$/, ''));
      answerOf(path.replace(/^\/[^/]*\//, ''), one)(response, one, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a host and a port has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
