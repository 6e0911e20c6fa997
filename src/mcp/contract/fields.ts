/** Arguments or an answer, as JSON has them. */
export type Fields = Readonly<Record<string, unknown>>;
