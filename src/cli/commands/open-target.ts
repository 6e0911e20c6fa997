/** What a call needs of the place it goes to, once that is loaded. */
import type { BatchClient } from '../../client/batch-client.ts';
import type { SourceChoice } from '../../client/credentials/chain.ts';
import type { Credentials } from '../../client/credentials/credentials.ts';
import type { Role } from '../../client/credentials/sts.ts';
import type { Endpoint } from '../../client/endpoints.ts';
import type { ProcessState } from '../../client/process-state.ts';
import type { Transport } from '../../client/transport.ts';

export interface OpenTarget {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly client: BatchClient;
}

/** What one of several profiles brings with it. */
export interface ProfileParts {
  /** Whose keys, where not simply the first ones that are found. */
  readonly choice?: SourceChoice | undefined;
  readonly role?: Role | undefined;
  /** The pace that all profiles keep together: two may be the same account. */
  readonly shared?: ProcessState | undefined;
}
