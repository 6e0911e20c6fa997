/** Multipart uploads: initiate, upload part, list parts, complete, abort. https://www.tencentcloud.com/document/product/436/14112 */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createCrc64 } from '../../cos/crc64.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { partsOf } from './bucket.ts';
import type { Completion, Completions } from './completions.ts';
import { CosError } from './errors.ts';
import type { CosCall } from './request.ts';
import { placeObject, removeUpload, uploadsDir, writeBody } from './write-object.ts';
import { element, xmlDocument } from './xml.ts';

/** The documented number of parts. */
const maxParts = 10_000;
/** A list of ten thousand parts with long ETags. */
const maxCompleteBytes = 2 * 1024 * 1024;
const uploadIdForm = /^[0-9a-f]{32}$/;

interface Target {
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly initiated: number;
}

const ignoreMissing = (error: unknown): undefined => {
  if (errorCodeOf(error) !== 'ENOENT') throw error;
};

const uploadDirOf = async (call: CosCall, storageDir: string): Promise<string> => {
  const id = call.query.get('uploadId') ?? '';
  const dir = join(storageDir, uploadsDir, id);
  const text = uploadIdForm.test(id)
    ? await readFile(join(dir, 'target.json'), 'utf8').catch(ignoreMissing)
    : undefined;
  // Written by `initiateUpload` and readable by no one else.
  const target = text === undefined ? undefined : (JSON.parse(text) as Target);
  if (target?.bucket !== call.bucket || target.key !== call.key) throw noSuchUpload();
  return dir;
};

const noSuchUpload = (): CosError =>
  new CosError(
    'NoSuchUpload',
    'There is no such multipart upload: it was completed, aborted, or belongs to another key.',
  );

/** Runs what uses the files of an upload, which another request may end meanwhile. */
const whileUploadExists = async <T>(dir: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    const isGone = errorCodeOf(error) === 'ENOENT' && !(await stat(dir).catch(() => undefined));
    throw isGone ? noSuchUpload() : error;
  }
};

export const initiateUpload = async (call: CosCall, storageDir: string, now: number): Promise<string> => {
  if (partsOf(call.key).name === '') throw new CosError('InvalidArgument', 'The key names no object.');
  const id = randomUUID().replaceAll('-', '');
  const dir = join(storageDir, uploadsDir, id);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const target: Target = { bucket: call.bucket, key: call.key, initiated: now };
  await writeFile(join(dir, 'target.json'), JSON.stringify(target), { mode: 0o600 });
  return xmlDocument(
    element('InitiateMultipartUploadResult', [
      element('Bucket', call.bucket),
      element('Key', call.key),
      element('UploadId', id),
    ]),
  );
};

export const uploadPart = async (
  call: CosCall,
  body: Readable,
  storageDir: string,
): Promise<Readonly<Record<string, string>>> => {
  const number = Number(call.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > maxParts)
    throw new CosError('InvalidArgument', `partNumber is a whole number from 1 to ${maxParts}.`);
  const dir = await uploadDirOf(call, storageDir);
  return whileUploadExists(dir, async () => {
    const written = await writeBody(body, join(dir, `${randomUUID()}.incoming`), call.headers);
    // The digest is part of the name, so that a part that is sent twice at once is one or the other, never a mixture.
    for (const name of await readdir(dir))
      if (name.startsWith(`part.${number}.`)) await rm(join(dir, name), { force: true });
    await rename(written.path, join(dir, `part.${number}.${written.md5}`));
    return { ETag: `"${written.md5}"`, 'x-cos-hash-crc64ecma': written.crc64 };
  });
};

interface Part {
  readonly number: number;
  readonly md5: string;
  readonly path: string;
}

const partsIn = async (dir: string): Promise<readonly Part[]> =>
  (await readdir(dir))
    .flatMap((name) => {
      const [, number, md5] = /^part\.(\d+)\.([0-9a-f]{32})$/.exec(name) ?? [];
      return number === undefined || md5 === undefined
        ? []
        : [{ number: Number(number), md5, path: join(dir, name) }];
    })
    .sort((one, other) => one.number - other.number);

export const listParts = async (call: CosCall, storageDir: string): Promise<string> => {
  const dir = await uploadDirOf(call, storageDir);
  return whileUploadExists(dir, () => partListOf(call, dir));
};

const partListOf = async (call: CosCall, dir: string): Promise<string> => {
  const marker = Number(call.query.get('part-number-marker') ?? 0) || 0;
  const size = Math.min(1000, Number(call.query.get('max-parts') ?? 1000) || 1000);
  const after = (await partsIn(dir)).filter(({ number }) => number > marker);
  const page = after.slice(0, size);
  const isTruncated = after.length > page.length;
  const listed = await Promise.all(
    page.map(async ({ number, md5, path }) => {
      const stats = await stat(path).catch(ignoreMissing);
      if (stats === undefined) return [];
      return element('Part', [
        element('PartNumber', number),
        element('LastModified', stats.mtime.toISOString()),
        element('ETag', `"${md5}"`),
        element('Size', stats.size),
      ]);
    }),
  );
  // A part that is being replaced is left out; without the upload there is no list.
  await stat(dir);
  return xmlDocument(
    element('ListPartsResult', [
      element('Bucket', call.bucket),
      element('Key', call.key),
      element('UploadId', call.query.get('uploadId') ?? ''),
      element('StorageClass', 'STANDARD'),
      element('PartNumberMarker', marker),
      ...(isTruncated ? [element('NextPartNumberMarker', page.at(-1)?.number ?? marker)] : []),
      element('MaxParts', size),
      element('IsTruncated', isTruncated),
      ...listed.flat(),
    ]),
  );
};

/** The uploads that were begun and neither completed nor aborted: their parts use space until one of both. */
export const listUploads = async (call: CosCall, storageDir: string): Promise<string> => {
  const root = join(storageDir, uploadsDir);
  const ids = (await readdir(root).catch(() => [])).filter((name) => uploadIdForm.test(name)).sort();
  const uploads = await Promise.all(
    ids.map(async (id) => {
      const text = await readFile(join(root, id, 'target.json'), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : { id, ...(JSON.parse(text) as Target) };
    }),
  );
  const prefix = call.query.get('prefix') ?? '';
  return xmlDocument(
    element('ListMultipartUploadsResult', [
      element('Bucket', call.bucket),
      element('Prefix', prefix),
      element('MaxUploads', 1000),
      element('IsTruncated', false),
      ...uploads
        .filter(
          (upload) => upload !== undefined && upload.bucket === call.bucket && upload.key.startsWith(prefix),
        )
        .slice(0, 1000)
        .flatMap((upload) =>
          upload === undefined
            ? []
            : [
                element('Upload', [
                  element('Key', upload.key),
                  element('UploadId', upload.id),
                  element('StorageClass', 'STANDARD'),
                  element('Initiated', new Date(upload.initiated).toISOString()),
                ]),
              ],
        ),
    ]),
  );
};

const bodyTextOf = async (body: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxCompleteBytes) throw new CosError('EntityTooLarge', 'The list of parts is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** The parts that a client wants joined, in ascending order. */
const wantedOf = (xml: string): readonly { readonly number: number; readonly etag: string }[] => {
  const wanted = [...xml.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, part = '']) => ({
    number: Number(/<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(part)?.[1]),
    etag: (/<ETag>([^<]*)<\/ETag>/.exec(part)?.[1] ?? '').replace(/&quot;|"|\s/g, ''),
  }));
  const isAscending = wanted.every(({ number }, at) => number > (wanted[at - 1]?.number ?? 0));
  if (wanted.length === 0 || !isAscending)
    throw new CosError('MalformedXML', 'The body is not a list of parts with ascending numbers.');
  return wanted;
};

const append = async (
  path: string,
  target: FileHandle,
  crc: { update(bytes: Uint8Array): void },
): Promise<void> => {
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for await (const chunk of source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      crc.update(chunk);
      await target.writeFile(chunk);
    }
  } finally {
    await source.close();
  }
};

/** Completes an upload. The same request again, also while the first is running, gets the same answer. */
export const completeUpload = async (
  call: CosCall,
  body: Readable,
  storageDir: string,
  completions: Completions,
): Promise<Completion> => {
  const wanted = wantedOf(await bodyTextOf(body));
  const request = JSON.stringify([call.bucket, call.key, call.query.get('uploadId'), wanted]);
  return completions.run(request, async () => {
    const dir = await uploadDirOf(call, storageDir);
    return whileUploadExists(dir, () => joinParts(call, wanted, dir, storageDir));
  });
};

const joinParts = async (
  call: CosCall,
  wanted: ReturnType<typeof wantedOf>,
  dir: string,
  storageDir: string,
): Promise<Completion> => {
  const present = new Map((await partsIn(dir)).map((part) => [part.number, part]));
  const parts = wanted.map(({ number, etag }) => {
    const part = present.get(number);
    if (part?.md5 !== etag)
      throw new CosError('InvalidPart', `Part ${number} was not uploaded, or has another ETag.`);
    return part;
  });
  const joined = join(dir, `${randomUUID()}.joined`);
  const crc = createCrc64();
  const file = await open(joined, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for (const { path } of parts) await append(path, file, crc);
    await file.sync();
  } finally {
    await file.close();
  }
  const mayReplace = call.headers['x-cos-forbid-overwrite'] !== 'true';
  try {
    await placeObject(storageDir, call.bucket, call.key, joined, mayReplace);
  } catch (error) {
    await rm(joined, { force: true });
    throw error;
  }
  await removeUpload(dir);
  const digest = createHash('md5')
    .update(Buffer.from(parts.map(({ md5 }) => md5).join(''), 'hex'))
    .digest('hex');
  const xml = xmlDocument(
    element('CompleteMultipartUploadResult', [
      element('Location', `/${call.bucket}/${call.key}`),
      element('Bucket', call.bucket),
      element('Key', call.key),
      element('ETag', `"${digest}-${parts.length}"`),
    ]),
  );
  return { xml, crc64: crc.digest() };
};

export const abortUpload = async (call: CosCall, storageDir: string): Promise<void> => {
  await removeUpload(await uploadDirOf(call, storageDir));
};
