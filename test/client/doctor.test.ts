import { expect, test } from 'vitest';
import { fixedCredentials } from '../../src/client/credentials/credentials.ts';
import { type DiagnosticsInput, linesOf, runDiagnostics } from '../../src/client/doctor.ts';
import { endpointOf } from '../../src/client/endpoints.ts';
import { networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { ConfigError } from '../../src/shared/errors.ts';
import { credential, endLater, serve } from './client-under-test.ts';
import { deadOrigin, errorReply, type Reply } from './loopback-service.ts';

const now = Date.UTC(2026, 10, 22);
const diagnose = async (origin: string, more: Partial<DiagnosticsInput> = {}): Promise<string> => {
  const transport = createTransport(networkOf({ isLoopback: true }));
  endLater(transport.close);
  const checks = await runDiagnostics({
    endpoint: endpointOf(origin),
    region: 'ap-guangzhou',
    credentials: fixedCredentials(credential, 'a test'),
    transport,
    version: '1.2.3',
    now: () => now,
    ...more,
  });
  const text = linesOf(checks)
    .join('\n')
    .replace(/:\d{4,5}\b/g, ':PORT');
  expect(text).not.toMatch(/canary-/);
  return `\n${text}\n`;
};
const service = async (reply: Reply, serverNow = now) =>
  (await serve(() => reply, { now: () => serverNow })).origin;
const none = { get: () => Promise.reject(new ConfigError('There are no credentials.')) };

test('diagnostics of a working configuration report ok', async () => {
  expect(await diagnose(await service({ JobSet: [] }))).toMatchInlineSnapshot(`
    "
    ok       credentials  AK… from a test (given), temporary keys
    ok       region       ap-guangzhou
    ok       endpoint     http://127.0.0.1:PORT responds
    ok       clock        0 s ahead of the service
    ok       access       the keys are accepted, and jobs can be listed
    "
  `);
});

test('diagnostics without credentials and region still check the endpoint and the clock', async () => {
  expect(await diagnose(await service({}), { credentials: none, region: undefined })).toMatchInlineSnapshot(`
    "
    failed   credentials  There are no credentials.
                          → Correct that, then run \`batch-mcp doctor\` again.
    warning  region       none
                          → Give --region or TENCENTCLOUD_REGION, or Region with every call.
    ok       endpoint     http://127.0.0.1:PORT responds
    ok       clock        0 s ahead of the service
    skipped  access       no credentials
    "
  `);
});

test('diagnostics of an unreachable endpoint say what to check', async () => {
  expect(await diagnose(await deadOrigin())).toMatchInlineSnapshot(`
    "
    ok       credentials  AK… from a test (given), temporary keys
    ok       region       ap-guangzhou
    failed   endpoint     DescribeJobs: http://127.0.0.1:PORT refuses connections (ECONNREFUSED): check that it is running and that the port is correct. Nothing was sent.
                          → Check the network, HTTPS_PROXY and NO_PROXY, --ca, and --endpoint.
    skipped  clock        the service returned no time to compare with
    skipped  access       no response of the service
    "
  `);
});

test('diagnostics report another program on the port', async () => {
  expect(await diagnose(await service((response) => response.end('Welcome')))).toMatchInlineSnapshot(`
    "
    ok       credentials  AK… from a test (given), temporary keys
    ok       region       ap-guangzhou
    failed   endpoint     DescribeJobs: the response of http://127.0.0.1:PORT is not one of the API (HTTP status 200, no content type, beginning with "Welcome"). It only reads, so it can be called again.
                          → Check --endpoint.
    skipped  clock        the service returned no time to compare with
    skipped  access       no response of the service
    "
  `);
});

test('diagnostics of a wrong clock report the difference and the consequence', async () => {
  expect(await diagnose(await service({}, now + 400_000))).toMatchInlineSnapshot(`
    "
    ok       credentials  AK… from a test (given), temporary keys
    ok       region       ap-guangzhou
    ok       endpoint     http://127.0.0.1:PORT responds
    failed   clock        400 s behind the service
                          → Synchronise the clock of this machine. The service refuses requests that are more than 300 s off; this program then adopts the time of the service, other programs do not.
    failed   access       AuthFailure.SignatureExpire: The clocks of this machine and the service differ by more than five minutes.
                          → Ask the user to correct the clock of this machine, then retry; the call was not executed.
    "
  `);
});

test('diagnostics report valid keys without the permission to list jobs as a warning', async () => {
  expect(
    await diagnose(await service(errorReply('AuthFailure.UnauthorizedOperation'))),
  ).toMatchInlineSnapshot(`
    "
    ok       credentials  AK… from a test (given), temporary keys
    ok       region       ap-guangzhou
    ok       endpoint     http://127.0.0.1:PORT responds
    ok       clock        0 s ahead of the service
    warning  access       AuthFailure.UnauthorizedOperation: The key is valid, but its policies do not allow this action or this resource.
                          → Ask the user to allow the action in access management (CAM), or use another profile; retrying does not help.
    "
  `);
});

test('diagnostics of wrong keys and a wrong region say what to do', async () => {
  const credentials = fixedCredentials({ ...credential, secretKey: 'canary-other' }, 'a test');
  expect(await diagnose(await service({}), { credentials, region: 'ap-atlantis' })).toMatchInlineSnapshot(`
    "
    ok       credentials  AK… from a test (given), temporary keys
    failed   region       ap-atlantis
                          → There is no region 'ap-atlantis'. It is one of ap-guangzhou, ap-shanghai, ap-beijing, ap-chengdu, ap-chongqing, ap-hongkong, ap-singapore, ap-bangkok, ap-mumbai, ap-seoul, ap-tokyo, na-ashburn, na-siliconvalley, na-toronto, eu-frankfurt.
    ok       endpoint     http://127.0.0.1:PORT responds
    ok       clock        0 s ahead of the service
    failed   access       AuthFailure.SignatureFailure: The signature does not match the request; usually the SecretKey does not belong to the SecretId.
                          → Ask the user to set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY again as a pair; do not retry before.
    "
  `);
});
