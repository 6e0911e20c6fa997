/** The content of a resource. */

interface Content {
  readonly uri: string;
  readonly mimeType: string;
  /** Milliseconds for which a client may cache it. */
  readonly ttlMs: number;
}
/** Text, or bytes in base64. */
export type ResourceContent = Content &
  ({ readonly text: string; readonly blob?: never } | { readonly blob: string; readonly text?: never });
