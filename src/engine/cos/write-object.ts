/** PUT Object: the body goes to a temporary file of the same file system and gets its name when it is complete. */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, type FileHandle, link, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createCrc64 } from '../../cos/crc64.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { bucketPathOf, openBelow, partsOf } from './bucket.ts';
import { CosError } from './errors.ts';
import { etagOf } from './read-object.ts';
import type { CosCall } from './request.ts';

/** The documented limit of one PUT; larger objects are uploaded in parts. */
const maxPutBytes = 5 * 1024 ** 3;

/** Incomplete objects and parts lie here, where no URL leads. */
export const uploadsDir = '.uploads';
/** Of the directory of a multipart upload that was completed or aborted, while it is removed. */
const endedSuffix = '.ended';

/**
 * Removes the bodies that an engine which was killed had not received completely, and uploads that it was removing. The
 * parts of other multipart uploads stay: their clients resume or abort them.
 */
export const removeIncompleteBodies = async (storageDir: string): Promise<void> => {
  const dir = join(storageDir, uploadsDir);
  const names = await readdir(dir).catch(() => []);
  await Promise.all(
    names
      .filter((name) => name.endsWith('.put') || name.endsWith(endedSuffix))
      .map((name) => rm(join(dir, name), { recursive: true, force: true })),
  );
};

/** Removes the directory of a multipart upload. Renamed first, so that no part is added while it is removed. */
export const removeUpload = async (dir: string): Promise<void> => {
  const ended = `${dir}${endedSuffix}`;
  const isEnded = await rename(dir, ended).then(
    () => true,
    (error: unknown) => {
      if (errorCodeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
  if (isEnded) await rm(ended, { recursive: true, force: true });
};

export interface Written {
  readonly path: string;
  readonly bytes: number;
  readonly md5: string;
  readonly crc64: string;
}

/**
 * Writes a body to a file that is created for it.
 * @throws CosError where the body is not what the headers promise; the file is gone then
 */
export const writeBody = async (
  body: Readable,
  path: string,
  headers: CosCall['headers'],
): Promise<Written> => {
  const promised = headers['content-length'];
  if (promised === undefined && headers['transfer-encoding'] === undefined)
    throw new CosError('MissingContentLength', 'The request has neither Content-Length nor a chunked body.');
  if (Number(promised ?? 0) > maxPutBytes) throw tooLarge();
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const written = await writeChunks(body, file);
    if (promised !== undefined && written.bytes !== Number(promised))
      throw new CosError(
        'InvalidArgument',
        `The body has ${written.bytes} bytes; Content-Length promised ${promised}.`,
      );
    const digest = headers['content-md5'];
    if (digest !== undefined && Buffer.from(digest, 'base64').toString('hex') !== written.md5)
      throw new CosError('BadDigest', 'Content-MD5 is not the digest of the body that arrived.');
    await file.sync();
    return { path, ...written };
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
};

const writeChunks = async (body: Readable, file: FileHandle): Promise<Omit<Written, 'path'>> => {
  const md5 = createHash('md5');
  const crc = createCrc64();
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxPutBytes) throw tooLarge();
    md5.update(chunk);
    crc.update(chunk);
    await file.writeFile(chunk);
  }
  return { bytes, md5: md5.digest('hex'), crc64: crc.digest() };
};

const tooLarge = (): CosError =>
  new CosError('EntityTooLarge', 'One PUT takes at most 5 GiB; upload larger objects in parts.');

/**
 * Gives a complete file its name.
 * @param mayReplace false where `x-cos-forbid-overwrite: true` was sent
 * @returns the ETag of the object
 */
export const placeObject = async (
  storageDir: string,
  bucketName: string,
  key: string,
  temporary: string,
  mayReplace: boolean,
): Promise<string> => {
  const bucket = await bucketPathOf(storageDir, bucketName, true);
  const { directories, name } = partsOf(key);
  const directory = await openBelow(storageDir, [...bucket, ...directories], true);
  if (!directory) throw new CosError('InternalError', 'The directory of the object could not be created.');
  try {
    const path = directory.at(name);
    if (process.geteuid?.() === 0) await chown(temporary, directory.owner.uid, directory.owner.gid);
    try {
      // A link is created or fails; a rename replaces. Neither follows a link that lies under the name.
      if (mayReplace) await rename(temporary, path);
      else {
        await link(temporary, path);
        await unlink(temporary);
      }
    } catch (error) {
      throw refusalOf(error, key);
    }
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return etagOf(await file.stat({ bigint: true }));
    } finally {
      await file.close();
    }
  } finally {
    await directory.close();
  }
};

const refusalOf = (error: unknown, key: string): unknown => {
  const code = errorCodeOf(error);
  if (code === 'EEXIST')
    return new CosError(
      'FileAlreadyExists',
      `The object ${JSON.stringify(key)} exists, and the request forbids to overwrite it.`,
    );
  if (code === 'EISDIR' || code === 'ENOTEMPTY')
    return new CosError(
      'PathConflict',
      `Objects exist below ${JSON.stringify(`${key}/`)}, so the key names a directory of this engine.`,
    );
  return error;
};

/** Answers PUT of an object. @returns the headers of the response */
export const putObject = async (
  call: CosCall,
  body: Readable,
  storageDir: string,
): Promise<Readonly<Record<string, string>>> => {
  const { directories, name } = partsOf(call.key);
  if (name === '') {
    // A key that ends in a slash is how clients create a folder.
    const bucket = await bucketPathOf(storageDir, call.bucket, true);
    await (await openBelow(storageDir, [...bucket, ...directories], true))?.close();
    body.resume();
    return { ETag: '"d41d8cd98f00b204e9800998ecf8427e"' };
  }
  await mkdir(`${storageDir}/${uploadsDir}`, { recursive: true, mode: 0o700 });
  const written = await writeBody(body, `${storageDir}/${uploadsDir}/${randomUUID()}.put`, call.headers);
  try {
    const mayReplace = call.headers['x-cos-forbid-overwrite'] !== 'true';
    const etag = await placeObject(storageDir, call.bucket, call.key, written.path, mayReplace);
    return { ETag: etag, 'x-cos-hash-crc64ecma': written.crc64 };
  } catch (error) {
    await unlink(written.path).catch(() => undefined);
    throw error;
  }
};
