/** `batch-mcp demo`: an MCP client starts this server over stdio and runs a tour on a temporary local engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { stopEngine } from '../../engine/daemon/daemon.ts';
import { version } from '../../shared/version.ts';
import type { Command } from './command.ts';
import { demoBucket, runFolder } from './demo-folder.ts';
import { createTourGuide, tour } from './demo-tour.ts';

/** Long enough for a slow machine, short enough that a hanging demo is aborted. */
const maxMilliseconds = 120_000;

export const demo: Command = async (_config, terminal) => {
  // Always a new directory: the demo must never touch real jobs.
  const dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-demo-'));
  const filesDir = await mkdtemp(join(tmpdir(), 'batch-mcp-demo-files-'));
  const transport = new StdioClientTransport({
    command: process.execPath,
    // No sandbox, because all commands are part of the demo. `flag`, because no user is asked.
    args: [
      terminal.program,
      '--local',
      '--sandbox',
      'none',
      '--confirm',
      'flag',
      '--data-dir',
      dataDir,
      '--region',
      'ap-guangzhou',
      '--files-dir',
      filesDir,
      '--buckets',
      demoBucket,
    ],
    stderr: 'inherit',
  });
  const client = new Client(
    { name: 'batch-mcp-demo', version },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const started = Date.now();
  const timeout = AbortSignal.timeout(maxMilliseconds);
  try {
    await client.connect(transport);
    const guide = createTourGuide({
      client,
      print: terminal.print,
      hasColours: terminal.hasColours,
      signal: timeout,
    });
    await tour(guide, dataDir);
    await runFolder(guide, filesDir);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    terminal.print(
      `\nDone in ${seconds} s. To connect it to an assistant, see README.md, "Connect it to an assistant".`,
    );
    return 0;
  } finally {
    await client.close();
    await stopEngine(dataDir);
    for (const path of [dataDir, filesDir]) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
};
