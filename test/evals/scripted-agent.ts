/** An agent's command line for tests: makes the given calls through the MCP configuration, prints the answer. */
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [, , configFile = '', calls = '[]', answer = ''] = process.argv;
const { mcpServers } = JSON.parse(readFileSync(configFile, 'utf8'));
const client = new Client({ name: 'scripted-agent', version: '1.0.0' });
await client.connect(new StdioClientTransport(mcpServers.batch));
for (const { name, args } of JSON.parse(calls)) await client.callTool({ name, arguments: args });
await client.close();
process.stdout.write(`${answer}\n`);
