#!/usr/bin/env node
/**
 * The recording MCP server that an agent's command line starts: it passes on what the recorder at the socket offers.
 * Plain JavaScript, so that it starts fast. Argument: path of the socket.
 */
import { request } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

const [, , socketPath] = process.argv;

const send = (command) =>
  new Promise((resolve, reject) => {
    const sent = request({ socketPath, method: 'POST' }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(command));
  });

const { tools, instructions, hasResources } = await send({ verb: 'list' });
const server = new Server(
  { name: 'batch', version: '1.0.0' },
  { capabilities: { tools: {}, ...(hasResources && { resources: {} }) }, instructions },
);
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  const { text, isError } = await send({ verb: 'call', name: params.name, args: params.arguments ?? {} });
  return { content: [{ type: 'text', text }], isError };
});
if (hasResources) {
  const listed = async () => JSON.parse((await send({ verb: 'resources' })).text);
  server.setRequestHandler(ListResourcesRequestSchema, async () => ({
    resources: (await listed()).filter(({ uri }) => !uri.includes('{')),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, async () => ({
    resourceTemplates: (await listed())
      .filter(({ uri }) => uri.includes('{'))
      .map(({ uri, ...rest }) => ({ ...rest, uriTemplate: uri })),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }) => ({
    contents: [{ uri: params.uri, text: (await send({ verb: 'read', uri: params.uri })).text }],
  }));
}
await server.connect(new StdioServerTransport());
