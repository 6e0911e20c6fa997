/** The connection with a client that renders MCP Apps. https://modelcontextprotocol.io/extensions/apps */
import { createPeer, isObject, type Later, type Params, type Port } from './peer.ts';

export interface HostEvents {
  /** The arguments of the call whose result is shown. */
  onInput(args: Params): void;
  onResult(result: ToolResult): void;
  onCancelled(reason: string): void;
  /** The theme and its colours; the host sends what has changed. */
  onContext(context: Params): void;
  /** The view is about to be removed. */
  onTeardown(): void;
}

export interface ToolResult {
  readonly isError: boolean;
  /** The first text block. */
  readonly text: string;
  readonly fields: Params;
}

export interface Host {
  /** Whether the view may call tools of its server. */
  readonly canCall: boolean;
  /** Whether the view may write a message to the model. */
  readonly canAsk: boolean;
  callTool(name: string, args: Params): Promise<ToolResult>;
  /** Writes a message to the model in the name of the user. @throws Error if the host refuses it */
  ask(text: string): Promise<void>;
  /** Tells how high the page is, in CSS pixels. */
  resize(height: number): void;
}

const protocolVersion = '2026-01-26';

const resultOf = ({ isError, content, structuredContent }: Params): ToolResult => {
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  return {
    isError: isError === true,
    text: isObject(first) && typeof first.text === 'string' ? first.text : '',
    fields: isObject(structuredContent) ? structuredContent : {},
  };
};

const notify = (events: HostEvents, method: string, params: Params): void => {
  switch (method) {
    case 'ui/notifications/tool-input':
      events.onInput(isObject(params.arguments) ? params.arguments : {});
      return;
    case 'ui/notifications/tool-result':
      events.onResult(resultOf(params));
      return;
    case 'ui/notifications/tool-cancelled':
      events.onCancelled(typeof params.reason === 'string' ? params.reason : '');
      return;
    case 'ui/notifications/host-context-changed':
      events.onContext(params);
      return;
    default:
      // Hosts send partial input and, in later versions, others.
      return;
  }
};

/**
 * Connects to the host. Events are delivered from the first message on.
 * @throws Error if there is no host, or it does not answer
 */
export const connect = async (port: Port, events: HostEvents, later: Later): Promise<Host> => {
  const peer = createPeer(
    port,
    {
      onRequest: (method) => {
        if (method === 'ui/resource-teardown') events.onTeardown();
        return ['ping', 'ui/resource-teardown'].includes(method) ? {} : undefined;
      },
      onNotification: (method, params) => notify(events, method, params),
    },
    later,
  );
  const { hostCapabilities, hostContext } = await peer.request('ui/initialize', {
    protocolVersion,
    appInfo: { name: 'batch-mcp-job-view', version: '1' },
    appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] },
  });
  if (isObject(hostContext)) events.onContext(hostContext);
  const capabilities = isObject(hostCapabilities) ? hostCapabilities : {};
  const host: Host = {
    canCall: isObject(capabilities.serverTools),
    canAsk: isObject(capabilities.message),
    callTool: async (name, args) => resultOf(await peer.request('tools/call', { name, arguments: args })),
    ask: async (text) => {
      const { isError } = await peer.request('ui/message', {
        role: 'user',
        content: [{ type: 'text', text }],
      });
      if (isError === true) throw new Error('The client did not accept the message.');
    },
    resize: (height) => peer.notify('ui/notifications/size-changed', { height }),
  };
  peer.notify('ui/notifications/initialized', {});
  return host;
};
