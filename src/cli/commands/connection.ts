/** What calls to one endpoint need, and what a profile may change about it. */
import type { BatchClient } from '../../client/batch-client.ts';
import type { SourceChoice } from '../../client/credentials/chain.ts';
import type { Credentials } from '../../client/credentials/credentials.ts';
import type { Role } from '../../client/credentials/sts.ts';
import type { Endpoint } from '../../client/endpoints.ts';
import type { ProcessState } from '../../client/process-state.ts';
import type { Transport } from '../../client/transport.ts';

export interface Connection {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly client: BatchClient;
}

/** Settings of one profile that are no command-line options. */
export interface ProfileSettings {
  /** Source of the credentials; the first one found if absent. */
  readonly choice?: SourceChoice | undefined;
  readonly role?: Role | undefined;
  /** Rate limits and pending requests that all profiles share, because two profiles may be the same account. */
  readonly shared?: ProcessState | undefined;
}
