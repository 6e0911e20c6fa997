/** Random bytes as an argument. */

/** @returns so many unpredictable bytes */
export type Random = (bytes: number) => Uint8Array;

/** From the global object: importing node:crypto would slow down every start. */
export const randomBytes: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

/** @returns so many random bytes as hex */
export const randomHex = (random: Random, bytes: number): string =>
  Buffer.from(random(bytes)).toString('hex');
