/** The code by which Node names what went wrong. */

/** @returns the code of a system or library error, such as ECONNREFUSED; undefined where there is none */
export const errorCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
