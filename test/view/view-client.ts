/** Clients of both protocol eras that declare that they render MCP Apps. */
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { commandOf, type Era, type ServeSettings } from '../mcp/harness.ts';

export interface ToolCall {
  readonly name: string;
  readonly arguments?: Record<string, unknown> | undefined;
}

export interface ToolResult {
  readonly [field: string]: unknown;
  readonly structuredContent?: unknown;
}

/** The results as the server sent them. */
export interface ViewClient {
  listTools(): Promise<
    readonly { readonly name: string; readonly _meta?: Record<string, unknown> | undefined }[]
  >;
  callTool(call: ToolCall): Promise<ToolResult>;
  listResources(): Promise<readonly { readonly uri: string; readonly mimeType?: string | undefined }[]>;
  readResource(uri: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

const extension = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };

/** @param canShow whether the client declares the extension */
export const connectViewClient = async (
  era: Era,
  settings: ServeSettings,
  canShow = true,
): Promise<ViewClient> => {
  const info = { name: `${era}-test`, version: '1.0.0' };
  const capabilities = canShow ? { extensions: extension } : {};
  if (era === 'legacy') {
    const client = new LegacyClient(info, { capabilities });
    await client.connect(new LegacyTransport(commandOf(settings)));
    return {
      listTools: async () => (await client.listTools()).tools,
      callTool: (call) => client.callTool({ ...call }),
      listResources: async () => (await client.listResources()).resources,
      readResource: async (uri) => (await client.readResource({ uri })).contents,
      close: () => client.close(),
    };
  }
  const client = new ModernClient(info, {
    capabilities,
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  });
  await client.connect(new ModernTransport(commandOf(settings)));
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: ({ name, arguments: args = {} }) => client.callTool({ name, arguments: args }),
    listResources: async () => (await client.listResources()).resources,
    readResource: async (uri) =>
      (await client.readResource({ uri })).contents as unknown as Record<string, unknown>[],
    close: () => client.close(),
  };
};
