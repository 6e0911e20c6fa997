/** AzureReadTaskFile: reads or lists the files of a task. */
import * as z from 'zod';
import type { ToolAnswer } from '../../mcp/contract/tool.ts';
import { untrustedText } from '../../mcp/contract/untrusted-text.ts';
import { readPage } from '../http/page.ts';
import type { Wire } from '../http/wire.ts';
import { defineTool } from './define-tool.ts';
import { Endpoint, JobId, TaskId } from './fields.ts';
import { targetOf } from './job.ts';
import { type FileTarget, filesPathOf, readFilePart } from './task-file.ts';

/** A path inside the task directory. `.` and `..` would be resolved as part of the URL path. */
export const FilePath = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => !path.split(/[\\/]/).some((part) => part === '' || part === '.' || part === '..'), {
    error:
      'It must be a path inside the task directory, such as stdout.txt or wd/result.csv, without empty segments, . or ..',
  });

// About 5,000 tokens of text. Binary content costs more than twice as much per byte.
const defaultLength = 16_384;
const maxBytes = 65_536;
const maxFiles = 1000;

const name = 'AzureReadTaskFile';

export const AzureReadTaskFile = defineTool({
  name,
  title: 'Read a file of an Azure Batch task',
  description:
    "Read a task's output (stdout.txt, stderr.txt, wd/…): its end, or a range. Without FilePath: list its files.",
  effect: 'read',
  idempotent: true,
  hasDetail: false,
  input: z
    .strictObject({
      Endpoint,
      JobId,
      TaskId,
      FilePath: FilePath.optional(),
      tail: z.int().min(1).max(maxBytes).describe('Last bytes; default 16384.').optional(),
      offset: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
      length: z.int().min(1).max(maxBytes).optional(),
    })
    .refine(
      ({ tail, offset, length }) => tail === undefined || (offset === undefined && length === undefined),
      {
        error: 'Pass either tail, or offset and length.',
        path: ['tail'],
      },
    )
    .refine(
      ({ FilePath: path, tail, offset, length }) =>
        path !== undefined || (tail ?? offset ?? length) === undefined,
      {
        error: 'tail, offset and length need FilePath.',
        path: ['FilePath'],
      },
    ),
  run: async (input, wire, { signal }) => {
    const target: FileTarget = { ...targetOf(wire, name, input, signal), taskId: input.TaskId };
    const { FilePath: path, tail, offset, length } = input;
    if (path === undefined) return listFiles(wire, target);
    const isRange = offset !== undefined || length !== undefined;
    const part = await readFilePart(
      wire,
      target,
      path,
      isRange ? { offset: offset ?? 0, length: length ?? defaultLength } : { tail: tail ?? defaultLength },
    );
    return {
      summary: `Bytes ${part.from} to ${part.to} of ${part.size} of the file${part.encoding === 'base64' ? ', which is binary: base64' : ''}.`,
      fields: {
        JobId: input.JobId,
        TaskId: input.TaskId,
        FilePath: path,
        ...part,
        // Base64 needs no mark, which would only break it.
        ...(part.encoding === 'utf-8' &&
          part.content !== '' && { content: untrustedText(part.content, 'content') }),
      },
      ...(part.from > 0 || part.to < part.size
        ? { next: ['Use offset and length (up to 65536) to read another part.'] }
        : {}),
    };
  },
});

interface AzureFile {
  readonly name?: string;
  readonly isDirectory?: boolean;
  readonly properties?: { readonly contentLength?: string | number; readonly lastModified?: string };
}

const listFiles = async (wire: Wire, target: FileTarget): Promise<ToolAnswer> => {
  const page = await readPage<AzureFile>(
    wire,
    { action: name, path: filesPathOf(target), query: { recursive: 'true' } },
    target.endpoint,
    target.signal,
    { MaxResults: maxFiles },
  );
  const files = page.items.filter(({ isDirectory }) => isDirectory !== true);
  return {
    summary: `${files.length} files of task ${target.taskId}${page.cursor === undefined ? '' : '; there are more that are not listed'}.`,
    fields: {
      files: files.map((file) => ({
        FilePath: file.name?.replaceAll('\\', '/'),
        size: Number(file.properties?.contentLength ?? 0),
        lastModified: file.properties?.lastModified,
      })),
    },
    next: ['Repeat the call with FilePath to read one.'],
  };
};
