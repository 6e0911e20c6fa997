/** Adds the header that asks for a fault to a request and signs the request again, because the header must be signed. */
import { apiVersion, service } from '../../src/catalogue/index.ts';
import { faultHeader } from '../../src/engine/faults/faults.ts';
import { type Credential, sign } from '../../src/tc3/sign.ts';

/**
 * @param request with the headers of its first signature
 * @returns all headers of the request
 */
export const headersWithFault = (
  request: { readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  fault: string,
  credential: Credential,
): Readonly<Record<string, string>> => {
  const { headers, body = '' } = request;
  const signed = sign(
    {
      method: 'POST',
      host: headers.host ?? '',
      service,
      action: headers['x-tc-action'] ?? '',
      version: headers['x-tc-version'] ?? apiVersion,
      region: headers['x-tc-region'],
      body,
      headers: { [faultHeader]: fault },
    },
    credential,
    Number(headers['x-tc-timestamp']) * 1000,
  );
  return { ...headers, ...signed };
};
