/** Signatures per second, compared with the vendor SDK's function in the same run. */
import { createRequire } from 'node:module';
import { sign } from '../src/tc3/sign.ts';
import { createDeriveKey } from '../src/tc3/signature.ts';
import { isMain, type Measurement, medianOf, printMeasurements } from './measurement.ts';

interface VendorSign {
  sign3(request: Readonly<Record<string, unknown>>): string;
}

const secretId = 'AKIDEXAMPLE';
const secretKey = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
const host = 'batch.tencentcloudapi.com';
const input = { JobId: 'job-97zcl3wt', TaskName: 'Task1', TaskInstanceIndex: 0 };

/** Calls of `act` per second, measured over about `milliseconds`. */
const rateOf = (act: () => void, milliseconds: number): number => {
  const start = process.hrtime.bigint();
  const end = start + BigInt(milliseconds) * 1_000_000n;
  let count = 0;
  let at = start;
  while (at < end) {
    for (let n = 0; n < 200; n++) act();
    count += 200;
    at = process.hrtime.bigint();
  }
  return count / (Number(at - start) / 1e9);
};

/**
 * Both sign the same request: serialise the body, hash it, sign, write the header. The vendor's function signs two
 * headers and derives the key each time; ours signs three and caches the key of the day.
 * @param rounds measured alternately, so that a busy machine slows both; medians are compared
 */
export const benchSigner = (rounds = 7, milliseconds = 300): readonly Measurement[] => {
  const require = createRequire(import.meta.url);
  // The vendor's package has no types for this internal file.
  const vendor = require('tencentcloud-sdk-nodejs/tencentcloud/common/sign.js').default as VendorSign;
  const deriveKey = createDeriveKey();
  const request = {
    method: 'POST',
    host,
    service: 'batch',
    action: 'TerminateTaskInstance',
    version: '2017-03-12',
  } as const;
  const ours = () => {
    sign({ ...request, body: JSON.stringify(input) }, { secretId, secretKey }, Date.now(), deriveKey);
  };
  const theirs = () => {
    vendor.sign3({
      method: 'POST',
      url: `https://${host}/`,
      payload: input,
      timestamp: Math.floor(Date.now() / 1000),
      service: 'batch',
      secretId,
      secretKey,
      headers: { 'Content-Type': 'application/json' },
    });
  };
  const measured = Array.from({ length: rounds }, () => [
    rateOf(ours, milliseconds),
    rateOf(theirs, milliseconds),
  ]);
  const [rate, reference] = [
    medianOf(measured.map(([one = 0]) => one)),
    medianOf(measured.map(([, other = 0]) => other)),
  ];
  return [
    {
      what: 'signed requests',
      figure: `${Math.round(rate).toLocaleString('en')}/s`,
      reference: `vendor SDK sign3 ${Math.round(reference).toLocaleString('en')}/s`,
      ratio: rate / reference,
      goal: 'at least 1',
      isMet: rate / reference >= 1,
    },
  ];
};

if (isMain(import.meta.url)) printMeasurements('Signer', benchSigner());
