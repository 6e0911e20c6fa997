/** Reads lists page by page, without following links from responses. */
import type { Endpoint } from './endpoint.ts';
import type { AzureCall } from './request.ts';
import type { Wire } from './wire.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page. */
  readonly cursor?: string;
}

const defaultPageSize = 50;

/**
 * Reads one page.
 * The service identifies the next page by a URL. Only its query becomes the cursor: host and path of a call never
 * come from a response, nor from the caller.
 */
export const readPage = async <T>(
  wire: Wire,
  call: Pick<AzureCall, 'action' | 'path' | 'query'>,
  endpoint: Endpoint,
  signal: AbortSignal,
  at: { readonly cursor?: string | undefined; readonly MaxResults?: number | undefined },
): Promise<Page<T>> => {
  const query =
    at.cursor === undefined
      ? { maxresults: String(at.MaxResults ?? defaultPageSize), ...call.query }
      : Object.fromEntries(
          [...new URLSearchParams(at.cursor)].filter(([name]) => name.toLowerCase() !== 'api-version'),
        );
  type Answer = { readonly value?: readonly T[]; readonly 'odata.nextLink'?: string };
  const answer: Answer = await wire.read({ ...call, method: 'GET', query }, endpoint, signal);
  const cursor = cursorOf(answer['odata.nextLink'], endpoint);
  const items = Array.isArray(answer.value) ? answer.value : [];
  return { items, ...(cursor !== undefined && { cursor }) };
};

/** The query of a link, if the link points to the same endpoint. */
const cursorOf = (link: string | undefined, endpoint: Endpoint): string | undefined => {
  if (link === undefined || !URL.canParse(link, endpoint.url)) return undefined;
  const url = new URL(link, endpoint.url);
  return url.origin === endpoint.url && url.search ? url.search.slice(1) : undefined;
};
