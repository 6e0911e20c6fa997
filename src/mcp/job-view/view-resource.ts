/** The address of the view of a job, which a client that renders MCP Apps reads. */

/** The extension that such a client declares. https://modelcontextprotocol.io/extensions/apps */
export const viewExtension = 'io.modelcontextprotocol/ui';
/** Hosts compare it byte for byte. */
export const viewMimeType = 'text/html;profile=mcp-app';
export const jobViewUri = 'ui://batch-mcp/job.html';
/** The tool whose result the view shows: the resource is listed where the tool is. */
export const jobViewTool = 'ShowJob';

export const jobViewEntry = {
  uri: jobViewUri,
  name: 'Job view',
  description: 'Timeline, task graph and logs of a job, as an interactive page.',
  mimeType: viewMimeType,
} as const;

/** The page loads nothing from anywhere, so no origin is allowed. */
export const jobViewMeta = {
  ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true },
} as const;

/** Tools that only the view calls. */
export const jobDataTool = 'JobViewData';
export const jobLogTool = 'JobViewLog';
