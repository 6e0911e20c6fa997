/** Error responses: a code of the API, and the service's own wording where it is known. */
import { type ErrorCode, errorCodes } from '../../catalogue/error-codes.ts';

/** Ends a request with an error response. Any other exception is a defect and becomes `InternalError`. */
export class Refusal extends Error {
  override readonly name = 'Refusal' as const;
  constructor(
    readonly code: ErrorCode,
    message: string = messageOf(code),
  ) {
    super(message);
  }
}

/** The service's wording where it is known; the other codes use the catalogue's explanation. */
const messages: { readonly [C in ErrorCode]?: string } = {
  'AuthFailure.SecretIdNotFound': 'The SecretId is not found, please ensure that your SecretId is correct.',
  'AuthFailure.SignatureFailure':
    'The provided credentials could not be validated. Please check your signature is correct.',
};

/** The default message of a code. */
export const messageOf = (code: ErrorCode): string => messages[code] ?? errorCodes[code].meaning;

/** Messages that contain a name or a number. */
export const messageTemplates = {
  typeNotValid: (parameter: string) => `The value type of parameter \`${parameter}\` is not valid.`,
  notRecognized: (parameter: string) => `The parameter \`${parameter}\` is not recognized.`,
  missing: (parameter: string) => `The request is missing a required parameter \`${parameter}\`.`,
  valueNotValid: (parameter: string, value: string) =>
    `The value \`${value}\` specified in the parameter \`${parameter}\` is not valid.`,
  valueOfNotValid: (parameter: string) =>
    `The value specified in the parameter \`${parameter}\` is not valid.`,
  noSuchVersion: (version: string, service: string) =>
    `The specified api version=\`${version}\` does not exist in service=\`${service}\`.`,
  tooManyRequests: (count: number, limit: number) =>
    `Your current request times equals to \`${count}\` in a second, which exceeds the frequency limit \`${limit}\` for a second. Please reduce the frequency of calls.`,
  tooLargeForV1: () =>
    'The provided credentials could not be validated because of exceeding request size limit, please use new signature method `TC3-HMAC-SHA256`.',
} as const;
