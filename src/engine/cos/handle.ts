/** The object storage protocol of the local engine: the tree of `cos://` paths, served as the vendor's clients expect. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorCodeOf } from '../../shared/error-code.ts';
import { bucketPathOf, openBelow } from './bucket.ts';
import type { Completions } from './completions.ts';
import { CosError, errorBodyOf } from './errors.ts';
import { listObjects } from './list-objects.ts';
import {
  abortUpload,
  completeUpload,
  initiateUpload,
  listParts,
  listUploads,
  uploadPart,
} from './multipart.ts';
import { readObject } from './read-object.ts';
import { type CosCall, cosCallOf } from './request.ts';
import { putObject } from './write-object.ts';

export interface CosOptions {
  /** The storage tree; buckets are directories below `cos/`. */
  readonly storageDir: string;
  readonly completions: Completions;
  readonly secretKeyOf: (secretId: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called for an error that is not the client's. */
  readonly onDefect: (error: unknown) => void;
}

/**
 * Answers one request that carries a COS signature. Path style only: `/<bucket>/<key>`.
 * The head is authenticated before the body is read.
 */
export const handleCos = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: CosOptions,
): Promise<void> => {
  const requestId = randomUUID().replaceAll('-', '');
  outgoing.setHeader('x-cos-request-id', requestId);
  try {
    const call = cosCallOf(incoming, options.secretKeyOf, options.now());
    await (call.key === ''
      ? answerBucket(call, outgoing, options)
      : answerObject(call, incoming, outgoing, options));
  } catch (error) {
    // A client may disconnect at any time.
    const isDisconnected = errorCodeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE' || incoming.errored !== null;
    if (!(error instanceof CosError) && !isDisconnected) options.onDefect(error);
    refuse(error, incoming, outgoing, requestId);
  }
};

const refuse = (
  error: unknown,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestId: string,
): void => {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const refusal =
    error instanceof CosError
      ? error
      : new CosError('InternalError', 'The engine could not serve the request; its log has the reason.');
  const path = (incoming.url ?? '/').replace(/\?.*$/s, '');
  const body = incoming.method === 'HEAD' ? '' : errorBodyOf(refusal, path, requestId);
  // What is left of a refused body is not read: the connection ends with the answer.
  outgoing.writeHead(refusal.status, {
    'Content-Type': 'application/xml',
    'Content-Length': Buffer.byteLength(body),
    ...(incoming.complete ? {} : { Connection: 'close' }),
  });
  outgoing.end(body);
  incoming.resume();
};

const sendXml = (outgoing: ServerResponse, body: string): void => {
  outgoing.writeHead(200, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) });
  outgoing.end(body);
};

const answerBucket = async (
  call: CosCall,
  outgoing: ServerResponse,
  { storageDir }: CosOptions,
): Promise<void> => {
  if (call.bucket === '')
    throw new CosError('NotImplemented', 'This engine does not list buckets; name one in the path.');
  if (call.method === 'HEAD') {
    const bucket = await openBelow(storageDir, await bucketPathOf(storageDir, call.bucket, false), false);
    await bucket?.close();
    outgoing.writeHead(200, { 'Content-Length': 0 }).end();
    return;
  }
  if (call.method !== 'GET')
    throw new CosError('NotImplemented', 'Buckets are created by the first object that is stored in them.');
  sendXml(
    outgoing,
    call.query.has('uploads') ? await listUploads(call, storageDir) : await listObjects(call, storageDir),
  );
};

const answerObject = async (
  call: CosCall,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { storageDir, now, completions }: CosOptions,
): Promise<void> => {
  const isUpload = call.query.has('uploadId');
  switch (call.method) {
    case 'HEAD':
      return readObject(call, storageDir, outgoing);
    case 'GET':
      return isUpload
        ? sendXml(outgoing, await listParts(call, storageDir))
        : readObject(call, storageDir, outgoing);
    case 'PUT': {
      const headers = isUpload
        ? await uploadPart(call, incoming, storageDir)
        : await putObject(call, incoming, storageDir);
      outgoing.writeHead(200, { ...headers, 'Content-Length': 0 }).end();
      return;
    }
    case 'POST':
      if (call.query.has('uploads')) return sendXml(outgoing, await initiateUpload(call, storageDir, now()));
      if (isUpload) {
        // Nothing is sent while gigabytes are joined; the client is not stalled.
        incoming.socket.setTimeout(0);
        const { xml, crc64 } = await completeUpload(call, incoming, storageDir, completions);
        outgoing.setHeader('x-cos-hash-crc64ecma', crc64);
        return sendXml(outgoing, xml);
      }
      break;
    case 'DELETE':
      if (!isUpload) break;
      await abortUpload(call, storageDir);
      outgoing.writeHead(204).end();
      return;
  }
  throw new CosError('NotImplemented', `${call.method} is not served for objects by this engine.`);
};
