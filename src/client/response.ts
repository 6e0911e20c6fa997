/** Reads an answer: the value it holds, or the error it is. */
import { ApiError, type TransportError } from '../shared/errors.ts';
import { noAnswer, notSent, type Operation } from './failures.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * Every answer of the API has status 200 and one envelope, errors included:
 * `{"Response":{…,"RequestId"}}` or `{"Response":{"Error":{"Code","Message"},"RequestId"}}`.
 * The content type is not looked at: what was carried out must not look like a failure because of a header.
 * @param secrets values that are taken out of every text that came from outside
 * @returns what stands in `Response`
 * @throws ApiError when the service refused; TransportError when this is not an answer of the service
 */
export const responseOf = (
  subject: Operation,
  origin: string,
  answer: HttpAnswer,
  secrets: readonly (string | undefined)[] = [],
): Readonly<Record<string, unknown>> => {
  const response = envelopeOf(answer.body);
  if (!response) throw strange(subject, origin, answer, secrets);
  const requestId = typeof response.RequestId === 'string' ? response.RequestId : undefined;
  const error = response.Error;
  if (isRecord(error)) {
    const text = (value: unknown) => masked(typeof value === 'string' ? value : '', secrets);
    throw new ApiError(subject.name, text(error.Code) || 'unknown', text(error.Message), requestId);
  }
  if (answer.status !== 200) {
    throw noAnswer(subject, 'connection', `${origin} answered with HTTP status ${answer.status}`, {
      requestId,
    });
  }
  return response;
};

const envelopeOf = (body: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && isRecord(parsed.Response) ? parsed.Response : undefined;
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Something else answered: a proxy, a login page, another program on the port. */
const strange = (
  subject: Operation,
  origin: string,
  { status, headers, body }: HttpAnswer,
  secrets: readonly (string | undefined)[],
): TransportError => {
  if (status === 407)
    return notSent(
      subject,
      'stranger',
      'the proxy asks for a login (HTTP status 407); put it into the address of the proxy',
    );
  if (status >= 300 && status < 400) {
    return noAnswer(
      subject,
      'stranger',
      `${origin} answered with a redirect (HTTP status ${status}), which is never followed, because the signature holds for one host; set --endpoint to the right address`,
    );
  }
  const type = masked(headers['content-type'] ?? 'no content type', secrets).slice(0, 60);
  const seen = masked(body, secrets)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 120);
  return noAnswer(
    subject,
    // A gateway that says so lost the connection behind it; any other stranger will answer the same again.
    status >= 500 ? 'connection' : 'stranger',
    `what ${origin} answered is not an answer of the API (HTTP status ${status}, ${type}${seen ? `, beginning with ${JSON.stringify(seen)}` : ', empty'})`,
  );
};

const masked = (text: string, secrets: readonly (string | undefined)[]): string => {
  let clean = text;
  for (const secret of secrets) if (secret) clean = clean.replaceAll(secret, '***');
  return clean;
};
