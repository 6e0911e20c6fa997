/** `batch-mcp demo`: a real client starts this server over stdio and does the main job on a local engine of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { stopEngine } from '../../engine/daemon/daemon.ts';
import { version } from '../../shared/version.ts';
import type { Command } from './command.ts';
import { createTourGuide, tour } from './demo-tour.ts';

/** Long enough for a slow machine, short enough that a demo which hangs ends by itself. */
const maxMilliseconds = 120_000;

export const demo: Command = async (_config, terminal) => {
  // A directory of its own, whatever the person has set: a demo must never touch real jobs.
  const dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-demo-'));
  const transport = new StdioClientTransport({
    command: process.execPath,
    // The commands are ours, so they may run as plain processes. `flag` because nobody is asked here.
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
    ],
    stderr: 'inherit',
  });
  const client = new Client(
    { name: 'batch-mcp-demo', version },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const started = Date.now();
  const overtime = AbortSignal.timeout(maxMilliseconds);
  try {
    await client.connect(transport);
    const guide = createTourGuide({
      client,
      print: terminal.print,
      hasColours: terminal.hasColours,
      signal: overtime,
    });
    await tour(guide, dataDir);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    terminal.print(
      `\nThat was the whole of it, in ${seconds} s. Now connect it to an assistant: README.md, "Connect it to an assistant".`,
    );
    return 0;
  } finally {
    await client.close();
    await stopEngine(dataDir);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
};
