/** Checks everything a call needs, one by one, and says what to do about each failure. Shows no secret. */
import { ApiError, ConfigError, InputError, TransportError } from '../shared/errors.ts';
import type { Credentials } from './credentials/credentials.ts';
import { describeSource } from './credentials/describe.ts';
import type { ResolvedCredentials } from './credentials/source.ts';
import { type Endpoint, regionOf } from './endpoints.ts';
import type { HttpAnswer, Transport } from './transport.ts';
import { requestOf, responseOf } from './wire.ts';

export interface Check {
  /** One word. */
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  readonly found: string;
  /** What to do; absent where there is nothing to do. */
  readonly next?: string;
}

export interface DiagnosticsInput {
  readonly endpoint: Endpoint;
  readonly region: string | undefined;
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Long enough for a slow network; the user is waiting. */
const timeoutMs = 15_000;
/** The vendor's first region, to reach the endpoint where no region is configured. */
const anyRegion = 'ap-guangzhou';
const toleratedSkewMs = 60_000;
const refusedSkewMs = 300_000;

/** @returns the checks, each before those that depend on it; sends one request, which only reads */
export const runDiagnostics = async (input: DiagnosticsInput): Promise<readonly Check[]> => {
  const [found, credentials] = await checkCredentials(input);
  const region = checkRegion(input.region ?? found?.region);
  return [credentials, region, ...(await checkService(input, found))];
};

const checkCredentials = async ({
  credentials,
}: DiagnosticsInput): Promise<[ResolvedCredentials | undefined, Check]> => {
  try {
    const found = await credentials.get();
    const { source, where, secretId, kind, expires } = describeSource(found);
    const until = expires === undefined ? '' : `, until ${expires}`;
    const text = `${secretId} from ${where} (${source}), ${kind} keys${until}`;
    return [found, { name: 'credentials', state: 'ok', found: text }];
  } catch (error) {
    const text = error instanceof ConfigError ? error.message : 'The credentials could not be read.';
    const next = 'Correct that, then run `batch-mcp doctor` again.';
    return [undefined, { name: 'credentials', state: 'failed', found: text, next }];
  }
};

const checkRegion = (region: string | undefined): Check => {
  const name = 'region';
  if (region === undefined) {
    return {
      name,
      state: 'warning',
      found: 'none',
      next: 'Give --region or TENCENTCLOUD_REGION, or Region with every call.',
    };
  }
  try {
    return { name, state: 'ok', found: regionOf(region, 'The region') };
  } catch (error) {
    const next = error instanceof InputError ? (error.issues[0]?.message ?? '') : 'Choose another.';
    return { name, state: 'failed', found: region, next };
  }
};

const checkService = async (
  input: DiagnosticsInput,
  found: ResolvedCredentials | undefined,
): Promise<readonly Check[]> => {
  const { endpoint, transport, version, now } = input;
  const operation = { name: 'DescribeJobs', changes: false };
  const asked = input.region ?? found?.region;
  const region = checkRegion(asked).state === 'ok' && asked !== undefined ? asked : anyRegion;
  let answer: HttpAnswer;
  let origin = endpoint.name;
  try {
    origin = await endpoint.originOf(region);
    const credential = found?.credential ?? { secretId: 'none', secretKey: '' };
    const body = '{"Limit":1}';
    const signing = { credential, signedAt: now(), version, timeoutMs };
    const request = requestOf({ operation, origin, region, body }, signing);
    // Without keys the service refuses the request, which shows as well that it is reachable.
    const { authorization, ...unsigned } = request.headers;
    answer = await transport.send(found ? request : { ...request, headers: unsigned });
  } catch (error) {
    const text = error instanceof Error ? error.message : 'unknown';
    const next = 'Check the network, HTTPS_PROXY and NO_PROXY, --ca, and --endpoint.';
    return [
      { name: 'endpoint', state: 'failed', found: text, next },
      { name: 'clock', state: 'skipped', found: 'the service returned no time to compare with' },
      { name: 'access', state: 'skipped', found: 'no response of the service' },
    ];
  }
  const access = checkAccess(() =>
    responseOf(operation, origin, answer, [found?.credential.secretKey, found?.credential.token]),
  );
  const isUnexpected = access.state === 'failed' && access.next === undefined;
  return [
    isUnexpected
      ? { ...access, name: 'endpoint', next: 'Check --endpoint.' }
      : checkEndpoint(origin, endpoint.isLoopback),
    // The time of another service says nothing.
    checkClock(isUnexpected ? undefined : answer.headers.date, now()),
    isUnexpected || !found
      ? { name: 'access', state: 'skipped', found: found ? 'no response of the service' : 'no credentials' }
      : access,
  ];
};

const checkEndpoint = (origin: string, isLoopback: boolean): Check =>
  origin.startsWith('http:') && !isLoopback
    ? {
        name: 'endpoint',
        state: 'warning',
        found: `${origin} responds, but without encryption: the network can read what is sent`,
        next: 'Use https:// where the endpoint offers it.',
      }
    : { name: 'endpoint', state: 'ok', found: `${origin} responds` };

const checkClock = (date: string | undefined, now: number): Check => {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs))
    return { name: 'clock', state: 'skipped', found: 'the service returned no time to compare with' };
  const skew = now - theirs;
  const seconds = Math.round(Math.abs(skew) / 1000);
  const found = `${seconds} s ${skew < 0 ? 'behind' : 'ahead of'} the service`;
  if (Math.abs(skew) <= toleratedSkewMs) return { name: 'clock', state: 'ok', found };
  const isRefused = Math.abs(skew) > refusedSkewMs;
  return {
    name: 'clock',
    state: isRefused ? 'failed' : 'warning',
    found,
    next: 'Synchronise the clock of this machine. The service refuses requests that are more than 300 s off; this program then adopts the time of the service, other programs do not.',
  };
};

const checkAccess = (read: () => unknown): Check => {
  try {
    read();
    return { name: 'access', state: 'ok', found: 'the keys are accepted, and jobs can be listed' };
  } catch (error) {
    if (error instanceof ApiError) {
      const isKnown = /^(UnauthorizedOperation|AuthFailure\.UnauthorizedOperation)/.test(error.code);
      const found = `${error.code}: ${error.meaning}`;
      return { name: 'access', state: isKnown ? 'warning' : 'failed', found, next: error.next };
    }
    const found = error instanceof TransportError ? error.message : 'the response could not be read';
    return { name: 'access', state: 'failed', found };
  }
};

/** For a terminal: a line for each check, followed by what to do. */
export const linesOf = (checks: readonly Check[]): readonly string[] =>
  checks.flatMap(({ name, state, found, next }) => [
    `${state.padEnd(8)} ${name.padEnd(12)} ${found}`,
    ...(next === undefined ? [] : [`${' '.repeat(22)}→ ${next}`]),
  ]);
