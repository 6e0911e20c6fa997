/** The page of a host: the official bridge, with the view in a sandboxed frame. Runs in the browser of the tests. */
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';

/** What the test provides and calls. */
interface TestWindow {
  /** Calls a tool of the real server. */
  callServer(params: object): Promise<{ content: [] }>;
  /** Receives what the view writes to the model. */
  receiveMessage(text: string): Promise<void>;
  settings: Settings;
  host: Record<string, (argument: never) => unknown>;
}

interface Settings {
  readonly theme: 'light' | 'dark';
  readonly arguments: Record<string, unknown>;
  /** The result of the call that opens the view. */
  readonly result: { readonly content: [] };
}

const test = window as unknown as TestWindow;
const frame = document.querySelector('iframe');
if (frame?.contentWindow == null) throw new Error('The page has no frame.');

const bridge = new AppBridge(
  null,
  { name: 'test-host', version: '1.0.0' },
  { serverTools: {}, message: { text: {} } },
  { hostContext: { theme: test.settings.theme, displayMode: 'inline', availableDisplayModes: ['inline'] } },
);
bridge.oncalltool = (params) => test.callServer(params);
bridge.onmessage = async ({ content }) => {
  const [first] = content;
  await test.receiveMessage(first?.type === 'text' ? first.text : '');
  return {};
};
bridge.onsizechange = ({ height }) => {
  if (height !== undefined) frame.style.height = `${height}px`;
};
bridge.oninitialized = async () => {
  await bridge.sendToolInput({ arguments: test.settings.arguments });
  await bridge.sendToolResult(test.settings.result);
};
test.host = {
  setTheme: (theme: 'light' | 'dark') => bridge.sendHostContextChange({ theme }),
  cancel: (reason: string) => bridge.sendToolCancelled({ reason }),
  teardown: () => bridge.teardownResource({}),
};
await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
frame.src = 'http://view.test/';
