/** The view of a job as a resource, for clients that render MCP Apps. */
import { readViewPage } from '../job-view/view-page.ts';
import { jobViewMeta, jobViewUri, viewMimeType } from '../job-view/view-resource.ts';

/** The page is a part of the program, and holds no data. */
const ttlMs = 3_600_000;

/** @param hasCacheHints whether the protocol of the connection has them */
export const readJobView = async (hasCacheHints: boolean) => ({
  contents: [{ uri: jobViewUri, mimeType: viewMimeType, text: await readViewPage(), _meta: jobViewMeta }],
  ...(hasCacheHints && { ttlMs, cacheScope: 'public' as const }),
});
