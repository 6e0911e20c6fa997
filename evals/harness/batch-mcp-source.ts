/** Condition A: the tools of batch-mcp, served by a given build. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { region } from '../../test/engine/running-engine.ts';
import type { Access, ToolSource } from './tool-source.ts';

/** WaitForJob and its like wait for minutes. */
const callTimeoutMs = 900_000;

/**
 * Starts batch-mcp as an MCP host does. It confirms by preview codes, because an agent without a user cannot answer a
 * form.
 * @param program path of a built `batch-mcp.js`
 * @param flags further options
 */
export const openBatchMcp = async (
  { endpoint, secretId, secretKey, directory }: Access,
  program: string,
  flags: readonly string[],
): Promise<ToolSource> => {
  const client = new Client({ name: 'evals', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [
        ...[program, '--region', region, '--endpoint', endpoint],
        ...['--data-dir', directory, '--confirm', 'flag', ...flags],
      ],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: directory,
        TENCENTCLOUD_SECRET_ID: secretId,
        TENCENTCLOUD_SECRET_KEY: secretKey,
      },
      stderr: 'ignore',
    }),
  );
  const { tools } = await client.listTools();
  return {
    tools: tools.map(({ name, description = '', inputSchema }) => ({ name, description, inputSchema })),
    instructions: client.getInstructions() ?? '',
    hasResources: client.getServerCapabilities()?.resources !== undefined,
    call: async (name, args) => {
      try {
        const { content, isError, structuredContent } = await client.callTool(
          { name, arguments: { ...args } },
          undefined,
          {
            timeout: callTimeoutMs,
          },
        );
        return {
          isError: isError === true,
          text: textOf(content as readonly object[]),
          fields: (structuredContent ?? {}) as Readonly<Record<string, unknown>>,
        };
      } catch (error) {
        return { isError: true, text: messageOf(error) };
      }
    },
    resources: async () => {
      const { resources } = await client.listResources();
      const { resourceTemplates } = await client.listResourceTemplates();
      const listed = [...resources, ...resourceTemplates.map((one) => ({ ...one, uri: one.uriTemplate }))];
      return JSON.stringify(listed.map(({ uri, name, description }) => ({ uri, name, description })));
    },
    read: async (uri) => {
      try {
        return textOf((await client.readResource({ uri })).contents);
      } catch (error) {
        return messageOf(error);
      }
    },
    close: () => client.close(),
  };
};

const textOf = (blocks: readonly object[]): string =>
  blocks.map((block) => ('text' in block ? String(block.text) : JSON.stringify(block))).join('\n');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
