/** Settings of Azure Batch: those of the operator, and those that only tests change. */
import type { TokenCredential } from '@azure/core-auth';

export interface AzureSettings {
  /** `https://account.region.batch.azure.com`, or `http://127.0.0.1:port` together with a key. */
  readonly endpoint: string;
  /** Name of the Batch account; defaults to the first label of the endpoint's host. */
  readonly account?: string | undefined;
  /** Base64 key of the account. Without it, Entra ID tokens are used. */
  readonly accessKey?: string | undefined;
  /** Further Batch hosts that `Endpoint` may name: full host names, or suffixes that begin with a dot. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The only directory from which `JsonFilePath` is read. Without it, no file is read. */
  readonly jsonDirectory?: string | undefined;
  readonly apiVersion?: string | undefined;
  /** What is wrong with these settings, if the caller knows: every call fails with it. */
  readonly problem?: string | undefined;

  /** Replaces `@azure/identity` as the source of tokens. */
  readonly credential?: ((authorityHost: string | undefined) => Promise<TokenCredential>) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Waits between two reads of a job. Rejects when the signal is aborted. */
  readonly pause?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Generates a GUID for `client-request-id`. */
  readonly newId?: (() => string) | undefined;
  /** Delay before the first retry, in milliseconds. */
  readonly retryDelayMs?: number | undefined;
  /** Time limit of one call including its retries, in milliseconds. */
  readonly callTimeoutMs?: number | undefined;
  /** Time limit of `wait`, in milliseconds. */
  readonly waitTimeoutMs?: number | undefined;
}

/** The newest version with a published client; 2026-10-01 does not change termination. */
export const defaultApiVersion = '2025-06-01';

// The service may take 30 s for a request, and may ask for delays between three retries.
export const defaultCallTimeoutMs = 150_000;

// Many clients time out a tool call after 60 s; the result that the termination was accepted would then be lost.
export const defaultWaitTimeoutMs = 45_000;

/** The interval of the vendor's own poller. */
export const pollIntervalMs = 5_000;
