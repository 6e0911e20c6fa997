/** The package of a task: fetched once for all its instances, unpacked by each of them in its own directory. */
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename, dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openBeneath, statBeneath } from '../../../shared/beneath.ts';
import { storagePathOf } from '../../model/storage-path.ts';
import { notGzipReason, packageAddressProblemOf } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import { copyFile } from './copy.ts';

/** The package, in the directory of the task; the working directories are beside it. */
export const packageName = 'package.tgz';

/** Compressed. Larger data belongs into a bucket, which is mounted and not copied. */
const maxPackageBytes = 1024 ** 3;

/** A server on this machine that sends nothing for so long never will. */
const silenceMs = 60_000;

/**
 * Puts the package of a task into a file.
 * @param signal ends a download
 * @throws Error with the reason
 */
export const fetchPackage = async (
  settings: EngineSettings,
  url: string,
  file: string,
  signal: AbortSignal,
): Promise<void> => {
  if ((await statBeneath(dirname(file), [basename(file)])) !== undefined) return;
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  try {
    if (url.startsWith('cos://')) await copyStored(settings, url, fresh);
    else await download(settings, url, fresh, signal);
    if (!(await isGzip(fresh))) throw new Error(notGzipReason(url));
    await rename(fresh, file);
  } finally {
    await rm(fresh, { force: true });
  }
};

const copyStored = async (settings: EngineSettings, url: string, file: string): Promise<void> => {
  const path = storagePathOf(url) ?? [];
  const found = await statBeneath(settings.storageDir, path);
  if (found?.isFile() !== true)
    throw new Error(
      `there is no ${url} in the local storage; put it there with \`batch-mcp engine files put\``,
    );
  if (found.size > maxPackageBytes) throw new Error(tooLargeReason(url));
  const from = await openBeneath(settings.storageDir, path.slice(0, -1));
  const to = await openBeneath(dirname(file), []);
  try {
    await copyFile(from, path.at(-1) ?? '', to, basename(file));
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

const tooLargeReason = (url: string): string =>
  `${url} is larger than ${maxPackageBytes / 1024 ** 2} MiB, the limit for packages`;

/** Redirects are not followed: they would lead to an address that was not checked. */
const download = async (
  settings: EngineSettings,
  url: string,
  file: string,
  signal: AbortSignal,
): Promise<void> => {
  const problem = packageAddressProblemOf(url, settings.packagePorts);
  if (problem !== undefined) throw new Error(problem);
  let received = 0;
  const limit = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      received += chunk.length;
      done(received > maxPackageBytes ? new Error(tooLargeReason(url)) : null, chunk);
    },
  });
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  await new Promise<void>((resolve, reject) => {
    const call = request(url, { timeout: silenceMs, agent: false, signal }, (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        reject(new Error(`${url} answered with ${response.statusCode}`));
        return;
      }
      pipeline(response, limit, createWriteStream(file, { mode: 0o600 }), { signal }).then(resolve, reject);
    });
    call.on('timeout', () => call.destroy(new Error(`${url} did not answer`)));
    call.on('error', reject);
    call.end();
  });
};

const isGzip = async (file: string): Promise<boolean> => {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
};

/**
 * The shell text that unpacks the package into the working directory. Owners of another machine are ignored, and
 * permissions are set when a directory is complete, so that a read-only one can be filled.
 * @param find the absolute path of a program: the search path of a task has no effect
 * @param maxBytes limit of the unpacked archive; undefined: none
 */
export const unpackScriptOf = (find: (program: string) => string, maxBytes: number | undefined): string => {
  const tar = find('tar');
  const limited = maxBytes === undefined ? '' : ` | ${find('head')} -c ${Math.floor(maxBytes)}`;
  return (
    `_batch_tar=; case $(${tar} --version 2>/dev/null) in *GNU*) _batch_tar=--delay-directory-restore ;; esac\n` +
    `${find('gzip')} -dc ../${packageName}${limited} | ` +
    `${tar} --no-same-owner --no-same-permissions $_batch_tar -xf - || ` +
    "{ echo 'the package could not be unpacked, or is too large' >&2; exit 1; }\n"
  );
};

/** The same for a container, whose tar may know only the POSIX options. */
export const containerUnpackScript = `tar -xzof ../${packageName} || { echo 'the package could not be unpacked' >&2; exit 1; }\n`;
