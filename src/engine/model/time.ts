/** Times in the format of the API. */

/**
 * @param time milliseconds since 1970
 * @returns `YYYY-MM-DDThh:mm:ssZ`, UTC, whole seconds
 */
export const timeText = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

export const timeOrNull = (time: number | null): string | null => (time === null ? null : timeText(time));
