/** Condition B: a shell, in a directory with the vendor's Node SDK. */
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { region } from '../../test/engine/running-engine.ts';
import type { Access, ToolAnswer, ToolSource } from './tool-source.ts';

/** As much as coding agents let one command write and take. */
const maxCharacters = 30_000;
const maxSeconds = 120;

const sdk = join(import.meta.dirname, '..', '..', 'node_modules', 'tencentcloud-sdk-nodejs');

const readme = `# Tencent Cloud BatchCompute from Node.js

The SDK \`tencentcloud-sdk-nodejs\` is installed in this directory. The service's address and the keys are in the
environment: BATCH_ENDPOINT (host and port, http), BATCH_REGION, TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY.

\`\`\`js
const { batch } = require('tencentcloud-sdk-nodejs');
const { BATCH_ENDPOINT, BATCH_REGION, TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY } = process.env;
const client = new batch.v20170312.Client({
  credential: { secretId: TENCENTCLOUD_SECRET_ID, secretKey: TENCENTCLOUD_SECRET_KEY },
  region: BATCH_REGION,
  profile: { httpProfile: { protocol: 'http://', endpoint: BATCH_ENDPOINT } },
});
client.DescribeJobs({ Limit: 10 }).then((answer) => console.log(JSON.stringify(answer)));
\`\`\`

The types of all requests and answers, with comments:
\`node_modules/tencentcloud-sdk-nodejs/tencentcloud/services/batch/v20170312/batch_models.d.ts\`.
`;

const tool = {
  name: 'Shell',
  description: `Runs a command with bash in a working directory that has the Tencent Cloud SDK for Node.js, an example of its use (README.md), and the service's address and keys in the environment. Returns stdout and stderr, at most ${maxCharacters} characters. Time limit: ${maxSeconds} seconds.`,
  inputSchema: {
    type: 'object',
    properties: { command: { type: 'string', description: 'The command.' } },
    required: ['command'],
  },
};

/** Prepares the directory. */
export const openShell = async ({
  endpoint,
  secretId,
  secretKey,
  directory,
}: Access): Promise<ToolSource> => {
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(sdk, join(directory, 'node_modules', 'tencentcloud-sdk-nodejs'));
  writeFileSync(join(directory, 'README.md'), readme);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    BATCH_ENDPOINT: new URL(endpoint).host,
    BATCH_REGION: region,
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
  };
  return {
    tools: [tool],
    instructions: '',
    hasResources: false,
    call: async (name, { command }) =>
      name === tool.name && typeof command === 'string'
        ? runCommand(command, directory, env)
        : { isError: true, text: 'The only tool is Shell, with the argument "command", a string.' },
    resources: async () => '[]',
    read: async () => 'There are no resources.',
    close: async () => {},
  };
};

const runCommand = (
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<ToolAnswer> =>
  new Promise((resolve) => {
    const child = spawn('bash', ['-c', command], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    let isLate = false;
    const kill = () => {
      isLate = true;
      // The whole group: the command may have started others.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(kill, maxSeconds * 1000);
    child.on('close', (code) => {
      clearTimeout(timer);
      const output = Buffer.concat(chunks).toString('utf8');
      const end = isLate ? `(ended after ${maxSeconds} seconds)` : code === 0 ? '' : `(exit code ${code})`;
      const text = [truncate(output), end].filter((part) => part !== '').join('\n');
      resolve({ isError: isLate || code !== 0, text: text === '' ? '(no output)' : text });
    });
  });

const truncate = (output: string): string =>
  output.length <= maxCharacters
    ? output
    : `${output.slice(0, maxCharacters)}\n(truncated; the output has ${output.length} characters)`;
