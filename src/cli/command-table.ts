/** The commands, in the order of `--help`. */

export const commands = {
  serve: { usage: 'batch-mcp', summary: 'Serve MCP on stdin and stdout. This is what an assistant starts.' },
  init: {
    usage: 'batch-mcp init',
    summary: 'Add this server to the configuration of a client, after showing the difference, and check it.',
  },
  demo: {
    usage: 'batch-mcp demo',
    summary: 'Run a tour of the tools on a temporary local engine, in about a minute, without an account.',
  },
  engine: {
    usage: 'batch-mcp engine [status | stop | files ls|put|get …]',
    summary: 'Run the local engine in the foreground, show its status, stop it, or access its storage.',
  },
  call: { usage: "batch-mcp call TOOL 'JSON'", summary: 'Call one tool and print its result as JSON.' },
  read: { usage: 'batch-mcp read URI', summary: 'Read one resource and print it as JSON.' },
  watch: {
    usage: 'batch-mcp watch JobId',
    summary: 'Show the progress of a job until it has ended; the exit code says how.',
  },
  tools: { usage: 'batch-mcp tools', summary: 'Print the list of tools as JSON.' },
  report: {
    usage: 'batch-mcp report JobId --out FILE.html|FILE.svg [--logs] [--force]',
    summary: 'Write a job as one file: its timeline, graph, failures and cost, or the timeline as an image.',
  },
  doctor: {
    usage: 'batch-mcp doctor',
    summary: 'Check credentials, region, clock and endpoint, and suggest a fix for each problem.',
  },
  notify: {
    usage: 'batch-mcp notify [--once]',
    summary: 'Send notices of the jobs of an account to --notify.',
  },
  audit: { usage: 'batch-mcp audit verify', summary: 'Verify the integrity of the audit file.' },
} as const satisfies Readonly<Record<string, { readonly usage: string; readonly summary: string }>>;

export type CommandName = keyof typeof commands;
// Object.keys returns exactly the keys of this literal.
export const commandNames = Object.keys(commands) as readonly CommandName[];
