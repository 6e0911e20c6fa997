import { BatchSharedKeyCredentials } from '@azure/batch';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorizationOf, type SignableRequest, stringToSign } from '../../../src/azure/http/shared-key.ts';
import { accountKey } from '../azure-service.ts';

type VendorRequest = Parameters<BatchSharedKeyCredentials['signRequest']>[0];

/** The vendor's signer, from the package @azure/batch 10. */
const signedByVendor = async ({ method, url, headers }: SignableRequest): Promise<string | undefined> => {
  const all = new Map(Object.entries(headers));
  const request = {
    method,
    url,
    headers: {
      get: (name: string) => all.get(name.toLowerCase()),
      set: (name: string, value: string) => all.set(name.toLowerCase(), value),
      headerNames: () => [...all.keys()],
    },
  };
  // The signer reads no other fields of the request.
  await new BatchSharedKeyCredentials('acct', accountKey).signRequest(request as unknown as VendorRequest);
  return all.get('authorization');
};

const terminate: SignableRequest = {
  method: 'POST',
  url: 'https://acct.eastus2.batch.azure.com/jobs/job%201/terminate?api-version=2025-06-01&timeOut=20&force=true',
  headers: {
    'content-length': '26',
    'content-type': 'application/json; odata=minimalmetadata',
    'if-match': '0x8DC',
    'ocp-date': 'Sun, 22 Nov 2026 00:00:00 GMT',
  },
};

describe('the SharedKey signature of Azure Batch', () => {
  test('the string to sign of a termination is the documented one, with parameter names in lower case', () => {
    expect(stringToSign(terminate, 'acct')).toBe(
      'POST\n\n\n26\n\napplication/json; odata=minimalmetadata\n\n\n0x8DC\n\n\n\nocp-date:Sun, 22 Nov 2026 00:00:00 GMT\n/acct/jobs/job%201/terminate\napi-version:2025-06-01\nforce:true\ntimeout:20',
    );
  });

  test('a termination has the same signature as with the vendor’s library, given lower-case parameter names', async () => {
    // The vendor's signer does not lower-case the names; the service does, so both get the same text here.
    const lowered = { ...terminate, url: terminate.url.replace('timeOut', 'timeout') };
    expect(authorizationOf(terminate, 'acct', accountKey)).toBe(await signedByVendor(lowered));
  });

  test('any request has the same signature as with the vendor’s library', async () => {
    const printable = fc.stringMatching(/^[ -~]{0,20}$/).map((text) => text.trim());
    // The vendor's parser reads "+" as a space and mishandles "__proto__"; neither is sent.
    const value = fc.stringMatching(/^[A-Za-z0-9 ,:'()$%&=/é-]{0,20}$/);
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      path: fc.array(fc.stringMatching(/^[A-Za-z0-9:_é -]{1,12}$/), { minLength: 1, maxLength: 6 }),
      query: fc.dictionary(
        fc.constantFrom('api-version', '$filter', '$select', 'force', 'maxresults'),
        value,
      ),
      headers: fc.dictionary(
        fc.constantFrom(
          'content-type',
          'if-match',
          'if-none-match',
          'if-modified-since',
          'if-unmodified-since',
          'ocp-range',
          'accept',
          'client-request-id',
        ),
        printable,
      ),
      length: fc.nat(5000),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query, headers, length }) => {
        const search = Object.entries(query).map(
          ([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`,
        );
        const signable: SignableRequest = {
          method,
          url: `https://acct.eastus2.batch.azure.com/${path.map(encodeURIComponent).join('/')}?${search.join('&')}`,
          headers: {
            ...headers,
            'ocp-date': 'Sun, 22 Nov 2026 00:00:00 GMT',
            ...(method === 'POST' && { 'content-length': String(length) }),
          },
        };
        // The vendor's signer ignores empty headers.
        const kept = Object.fromEntries(Object.entries(signable.headers).filter(([, text]) => text !== ''));
        expect(authorizationOf({ ...signable, headers: kept }, 'acct', accountKey)).toBe(
          await signedByVendor({ ...signable, headers: kept }),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('the key is decoded from base64 before use', () => {
    const raw = Buffer.from(accountKey, 'base64').toString('latin1');
    expect(authorizationOf(terminate, 'acct', accountKey)).not.toBe(authorizationOf(terminate, 'acct', raw));
  });

  test('the range of a file is part of the string to sign', () => {
    const ranged = { ...terminate, headers: { ...terminate.headers, 'ocp-range': 'bytes=0-9' } };
    expect(stringToSign(ranged, 'acct')).toContain(
      'ocp-date:Sun, 22 Nov 2026 00:00:00 GMT\nocp-range:bytes=0-9\n/acct/',
    );
  });
});
