/** Builds a request before it is signed; WhatIf shows the same request that is sent. */
import type { Endpoint } from './endpoint.ts';

export interface AzureCall {
  /** Name of the tool, for messages. */
  readonly action: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Segments of the path, not yet encoded: `['jobs', 'sched:job-1', 'terminate']`. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** `application/octet-stream` for files, else JSON. */
  readonly accept?: string;
  /** Maximum size of the response in bytes; the call fails above it. */
  readonly maxBytes?: number;
  /**
   * Whether it can destroy something. It is then repeated only with `if-match`, by which the service itself checks that
   * the job is as it was shown; without it, a repetition could meet a job that has changed.
   */
  readonly destroys?: boolean;
}

export interface BuiltRequest {
  readonly method: AzureCall['method'];
  readonly url: string;
  /** Names in lower case; never contains `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/**
 * Builds a request.
 * @param clientRequestId GUID that identifies the call in the service's logs
 */
export const buildRequest = (
  call: AzureCall,
  endpoint: Endpoint,
  apiVersion: string,
  clientRequestId: string,
): BuiltRequest => {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const query = Object.entries({ 'api-version': apiVersion, ...call.query })
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const given = Object.entries(call.headers ?? {}).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    method: call.method,
    // Each segment is encoded as a whole: the id of a scheduled job has a colon, the path of a file has slashes.
    url: `${endpoint.url}/${call.path.map(encodeURIComponent).join('/')}?${query}`,
    headers: {
      accept: call.accept ?? 'application/json',
      'client-request-id': clientRequestId,
      ...(call.method === 'POST' && {
        // The service rejects a POST without a Content-Length, even without a body.
        'content-length': String(Buffer.byteLength(body ?? '')),
        'content-type': 'application/json; odata=minimalmetadata',
      }),
      ...Object.fromEntries(given),
    },
    body,
  };
};
