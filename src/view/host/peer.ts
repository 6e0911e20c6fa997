/** One side of a JSON-RPC connection, as the view speaks it with its host. */

/** Where messages go to and come from: the window of the host, or a pair of queues in a test. */
export interface Port {
  send(message: object): void;
  /** Called once, before anything is sent. */
  listen(receive: (message: unknown) => void): void;
}

/** Calls a function later. @returns a function that cancels it */
export type Later = (run: () => void, milliseconds: number) => () => void;

export interface PeerHandlers {
  /** @returns the result; undefined for a method that is not known */
  onRequest(method: string): object | undefined;
  onNotification(method: string, params: Params): void;
}

export type Params = Readonly<Record<string, unknown>>;

export interface Peer {
  /** @throws Error with the message of the host, or after `limitMs` without a response */
  request(method: string, params: object): Promise<Params>;
  notify(method: string, params: object): void;
}

// A first read of a large job waits for the rate limit of the API: at most 60 calls, 3 a second.
const limitMs = 120_000;
const methodNotFound = -32601;

export const isObject = (value: unknown): value is Params =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const createPeer = (port: Port, handlers: PeerHandlers, later: Later): Peer => {
  const pending = new Map<number, (message: Params) => void>();
  let lastId = 0;
  const answer = (id: unknown, method: string): void => {
    const result = handlers.onRequest(method);
    port.send(
      result === undefined
        ? { jsonrpc: '2.0', id, error: { code: methodNotFound, message: `There is no method ${method}.` } }
        : { jsonrpc: '2.0', id, result },
    );
  };
  port.listen((message) => {
    if (!isObject(message) || message.jsonrpc !== '2.0') return;
    const { id, method, params } = message;
    if (typeof method === 'string') {
      if (id === undefined) handlers.onNotification(method, isObject(params) ? params : {});
      else answer(id, method);
    } else if (typeof id === 'number') pending.get(id)?.(message);
  });
  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        const id = lastId;
        const cancel = later(() => {
          pending.delete(id);
          reject(new Error(`The client has not answered within ${limitMs / 1000} s.`));
        }, limitMs);
        pending.set(id, ({ result, error }) => {
          pending.delete(id);
          cancel();
          if (isObject(error)) reject(new Error(String(error.message)));
          else resolve(isObject(result) ? result : {});
        });
        port.send({ jsonrpc: '2.0', id, method, params });
      }),
    notify: (method, params) => port.send({ jsonrpc: '2.0', method, params }),
  };
};
