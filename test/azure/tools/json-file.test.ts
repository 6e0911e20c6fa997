import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfirmationError } from '../../../src/shared/errors.ts';
import { type AzureService, startAzureService } from '../azure-service.ts';
import { type AzureUnderTest, createAzureUnderTest, settingsFor } from '../azure-under-test.ts';

let root: string;
let folder: string;
let service: AzureService;
let under: AzureUnderTest;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'batch-mcp-azure-'));
  folder = join(root, 'allowed');
  mkdirSync(folder);
  service = await startAzureService();
  service.account.addJob({ id: 'render-7' });
  under = createAzureUnderTest({ ...settingsFor(service), jsonDirectory: folder });
});
afterEach(async () => {
  await service.stop();
  rmSync(root, { recursive: true });
});

const reason = '{"terminateReason":"from a file"}';
const call = (JsonFilePath: string, target = under) =>
  target.run('AzureTerminateJob', { JobId: 'render-7', JsonFilePath }).then(
    ({ fields }) => String(fields.terminateReason),
    (error: Error) => error.message.replace('AzureTerminateJob: JsonFilePath: ', ''),
  );

// Links and named pipes need privileges on Windows.
describe.skipIf(process.platform === 'win32')('JsonFilePath', () => {
  test('JsonFilePath is read from the configured directory, relative or absolute, and is the body', async () => {
    writeFileSync(join(folder, 'reason.json'), `\ufeff${reason}\n`);
    expect(await call('reason.json')).toBe('from a file');
    expect(service.log.find(({ method }) => method === 'POST')?.body).toBe(reason);
    service.account.addJob({ id: 'render-7' });
    expect(await call(join(folder, 'reason.json'))).toBe('from a file');
  });

  const outside = 'The file is not in the directory of --azure-json-dir, or does not exist.';

  test('a path outside the directory has the same error as a missing file, and nothing is sent', async () => {
    const secret = join(root, 'secret.json');
    writeFileSync(secret, reason);
    mkdirSync(join(root, 'allowed-not'));
    writeFileSync(join(root, 'allowed-not', 'reason.json'), reason);
    symlinkSync(secret, join(folder, 'link.json'));
    symlinkSync(root, join(folder, 'up'));
    const paths = [
      secret,
      '../secret.json',
      'link.json',
      'up/secret.json',
      'absent.json',
      '../allowed-not/reason.json',
      '/etc/passwd',
      '.',
    ];
    expect(await Promise.all(paths.map((path) => call(path)))).toEqual(paths.map(() => outside));
    expect(service.log).toEqual([]);
  });

  test('a link inside the directory is followed', async () => {
    writeFileSync(join(folder, 'reason.json'), reason);
    symlinkSync(join(folder, 'reason.json'), join(folder, 'link.json'));
    expect(await call('link.json')).toBe('from a file');
  });

  test('a directory, a named pipe and a file above 64 KB are rejected, and nothing is sent', async () => {
    mkdirSync(join(folder, 'sub'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    writeFileSync(join(folder, 'large.json'), ' '.repeat(64 * 1024 + 1));
    expect(await Promise.all([call('sub'), call('pipe'), call('large.json')])).toEqual([
      'This is not a regular file.',
      'This is not a regular file.',
      'The file is longer than 65536 bytes.',
    ]);
    expect(service.log).toEqual([]);
  });

  test('the content of JsonFilePath is checked like JsonString', async () => {
    writeFileSync(join(folder, 'other.json'), '{"terminationReason":"x"}');
    expect(await call('other.json')).toBe(
      'In JSON the field is called terminateReason, not terminationReason as in the cmdlet.',
    );
    expect(service.log).toEqual([]);
  });

  test('without a configured directory JsonFilePath is rejected', async () => {
    writeFileSync(join(folder, 'reason.json'), reason);
    expect(await call(join(folder, 'reason.json'), createAzureUnderTest(settingsFor(service)))).toBe(
      'Files are not read here: the operator has not configured a directory (--azure-json-dir). Use JsonString.',
    );
    expect(service.log).toEqual([]);
  });

  test('a file that changes after the preview is not sent', async () => {
    const args = { JobId: 'render-7', JsonFilePath: 'reason.json' };
    writeFileSync(join(folder, 'reason.json'), reason);
    const seen = await under.gateOf('AzureTerminateJob').preview(args, under.context);
    writeFileSync(join(folder, 'reason.json'), '{"terminateReason":"another"}');
    await expect(under.run('AzureTerminateJob', args, { approved: seen })).rejects.toBeInstanceOf(
      ConfirmationError,
    );
    expect(service.log.some(({ method }) => method === 'POST')).toBe(false);
  });
});
