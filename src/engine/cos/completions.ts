/** Completed multipart uploads, for a client that lost the answer and asks again. */

/** The answer to a completion: the XML document, and the checksum of the object. */
export interface Completion {
  readonly xml: string;
  readonly crc64: string;
}

/** Runs each completion once. */
export interface Completions {
  /**
   * @param request identifies the request: upload, object and list of parts
   * @param complete joins the parts; it is not called for a request that is running, or has succeeded
   */
  run(request: string, complete: () => Promise<Completion>): Promise<Completion>;
}

/** A client repeats a request within seconds; an answer has some hundred bytes. */
const maxRemembered = 1000;

/** The id of an upload is never used again, so an answer never becomes that of another upload. */
export const createCompletions = (): Completions => {
  const answers = new Map<string, Promise<Completion>>();
  return {
    run: (request, complete) => {
      const known = answers.get(request);
      if (known !== undefined) return known;
      const answer = complete();
      answers.set(request, answer);
      answer.catch(() => answers.delete(request));
      const [oldest] = answers.keys();
      if (answers.size > maxRemembered && oldest !== undefined) answers.delete(oldest);
      return answer;
    },
  };
};
