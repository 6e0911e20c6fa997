/** Where a call goes and as whom: what a confirmation is bound to, and what the audit records. Holds no secret. */

export interface CallTarget {
  /** Address the call goes to. */
  readonly endpoint: string;
  /** Name of the profile in use; empty where there is none. */
  readonly profile: string;
  /** The id of the credential. */
  readonly credential: string;
  readonly region: string;
}
