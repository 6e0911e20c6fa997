/** What the operator says about Azure, and the few things a test gives in their place. */
import type { TokenCredential } from '@azure/core-auth';

export interface AzureSettings {
  /** `https://account.region.batch.azure.com`, or `http://127.0.0.1:port` together with a key. */
  readonly endpoint: string;
  /** Name of the Batch account; the first label of the endpoint's host where it is left out. */
  readonly account?: string | undefined;
  /** Base64 key of the account. Without it, tokens of Entra ID are used. */
  readonly accessKey?: string | undefined;
  /** Further Batch hosts that `Endpoint` may name: whole hosts, or endings that begin with a dot. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The only folder from which `JsonFilePath` is read. Without it, no file is. */
  readonly jsonFolder?: string | undefined;
  readonly apiVersion?: string | undefined;

  /** Gets tokens instead of `@azure/identity`. */
  readonly credential?: ((authorityHost: string | undefined) => Promise<TokenCredential>) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Waits between two reads of a job. Rejects when the signal ends it. */
  readonly pause?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Makes a GUID for `client-request-id`. */
  readonly newId?: (() => string) | undefined;
  /** First waiting time before a call is sent again, in milliseconds. */
  readonly retryDelay?: number | undefined;
  /** How long one call may take in all, resends included, in milliseconds. */
  readonly callLimit?: number | undefined;
  /** How long `wait` waits at most, in milliseconds. */
  readonly waitLimit?: number | undefined;
}

/** The newest version with a published client; 2026-10-01 leaves termination as it is. */
export const defaultApiVersion = '2025-06-01';

// The service may take 30 s for a request, and it may ask for waits between three resends.
export const defaultCallLimit = 150_000;

// Many clients give up on a tool after 60 s, and then the answer that the termination was accepted would be lost.
export const defaultWaitLimit = 45_000;

/** The interval of the vendor's own poller. */
export const pollInterval = 5_000;
