/** What reading a resource gives back. */

export interface ResourceContent {
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
  /** Milliseconds for which a client may keep it. */
  readonly ttlMs: number;
}
