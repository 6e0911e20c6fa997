/** FetchFiles: copies objects to local files; create-only, unless the user confirms what is replaced. */
import pMap from 'p-map';
import { ApiError, LocalFileError } from '../../shared/errors.ts';
import type { Inspection, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { sizeTextOf } from '../render/size.ts';
import { cleanText } from '../render/untrusted.ts';
import { type FetchedFile, fetchFile } from './fetch-file.ts';
import { type FetchPlan, type PlannedFetch, planFetch } from './fetch-plan.ts';
import type { FileOptions } from './file-options.ts';
import type { FetchInput } from './inputs.ts';
import { requireSpace } from './local-root.ts';
import { overwriteInspectionOf } from './overwrite.ts';
import { defaultMaxMb, tooLargeAnswer, totalOf } from './sizes.ts';

/** Small files are limited by the latency of the service. */
const concurrency = 4;

interface Done extends FetchedFile {
  readonly path: string;
}

interface Failed {
  readonly path: string;
  readonly reason: string;
}

/** @throws InputError, LocalFileError, ApiError, TransportError before anything is written */
export const fetchFiles = async (
  args: FetchInput,
  context: ToolContext,
  options: FileOptions,
): Promise<ToolAnswer> => {
  const plan = await planFetch(args, context, options);
  const { leftOut } = plan;
  const files = plan.files.filter(({ isUnchanged }) => !isUnchanged);
  const unchanged = plan.files.length - files.length;
  const total = totalOf(files);
  const maxMb = args.maxMb ?? defaultMaxMb;
  const existing = files.filter((file) => file.existing !== undefined);
  if (args.dryRun) return dryRunAnswer(plan, total);
  if (total > maxMb * 1_000_000) return tooLargeAnswer('FetchFiles', files, maxMb);
  if (existing.length > 0 && !args.overwrite) return existsAnswer(existing);
  await requireSpace(plan.root, total);
  context.progress(0, total, `Fetching ${counted(files.length, 'file')}, ${sizeTextOf(total)}.`);
  const { done, failed } = await transfer({ ...plan, files }, args, context, options, total);
  const missing = files.length - done.length;
  return {
    ...(missing > 0 && { isError: true }),
    summary: `${missing > 0 ? `${done.length} of ${counted(files.length, 'file')} were` : `${counted(done.length, 'file')} ${done.length === 1 ? 'was' : 'were'}`} fetched: ${sizeTextOf(totalOf(done))}${unchanged === 0 ? '' : `; ${unchanged} were here already`}.`,
    fields: {
      directory: plan.root.path,
      files: [...done].sort((one, other) => (one.path < other.path ? -1 : 1)),
      ...(failed.length > 0 && { failed }),
      ...(leftOut.length > 0 && { leftOut }),
    },
    next:
      missing > 0
        ? ['When the cause is removed, the same call continues: complete files are not fetched again.']
        : [],
  };
};

const transfer = async (
  { storage, root, files }: FetchPlan,
  args: FetchInput,
  context: ToolContext,
  { random, now, owner }: FileOptions,
  total: number,
): Promise<{ readonly done: readonly Done[]; readonly failed: readonly Failed[] }> => {
  const done: Done[] = [];
  const failed: Failed[] = [];
  let bytes = 0;
  const onBytes = (more: number): void => {
    bytes += more;
    context.progress(bytes, total, `${sizeTextOf(bytes)} of ${sizeTextOf(total)} fetched.`);
  };
  const settings = { storage, root, random, now, owner, signal: context.signal, onBytes };
  const fetchOne = async ({ object, names, path }: PlannedFetch): Promise<void> => {
    // Only what was shown to the user is replaced; where nothing had to be confirmed, the operator allows all.
    const isShown = context.approved === undefined || Object.hasOwn(context.approved.state, path);
    const mayOverwrite = args.overwrite === true && isShown;
    try {
      done.push({ path, ...(await fetchFile({ object, names, mayOverwrite }, settings)) });
    } catch (error) {
      context.signal.throwIfAborted();
      // One object may be archived or gone; a full disk or a lost network concerns all.
      if (!isOfOneFile(error)) throw error;
      failed.push({ path, reason: cleanText(error.message) });
    }
  };
  try {
    await pMap(files, fetchOne, { concurrency });
  } catch (error) {
    if (done.length === 0 || !(error instanceof Error) || context.signal.aborted) throw error;
    failed.push({ path: '(all others)', reason: cleanText(error.message) });
  }
  return { done, failed };
};

const isOfOneFile = (error: unknown): error is Error =>
  error instanceof ApiError ||
  (error instanceof LocalFileError && !['ENOSPC', 'EDQUOT', 'EROFS'].includes(error.code));

const dryRunAnswer = ({ files, leftOut, root }: FetchPlan, total: number): ToolAnswer => ({
  summary: `Nothing was fetched (dryRun): ${counted(files.length, 'file')}, ${sizeTextOf(total)}.`,
  fields: {
    directory: root.path,
    files: files.map(({ path, size, existing, isUnchanged }) => ({
      path,
      size,
      ...(existing && { exists: true }),
      ...(isUnchanged && { unchanged: true }),
    })),
    ...(leftOut.length > 0 && { leftOut }),
  },
});

const existsAnswer = (existing: readonly PlannedFetch[]): ToolAnswer => ({
  isError: true,
  summary: `FetchFiles: ${counted(existing.length, 'local file')} ${existing.length === 1 ? 'exists' : 'exist'} already. Nothing was fetched.`,
  fields: { existing: existing.map(({ path }) => path) },
  next: [
    'Choose another local directory in `to`, or ask the user whether to replace them (overwrite: true).',
  ],
});

/** Whether a file would be replaced. */
export const isFetchGated = async (
  args: FetchInput,
  context: ToolContext,
  options: FileOptions,
): Promise<boolean> => {
  if (args.overwrite !== true || args.dryRun === true) return false;
  const { files } = await planFetch(args, context, options);
  return files.some(({ existing }) => existing !== undefined);
};

export const inspectFetch = async (
  args: FetchInput,
  context: ToolContext,
  options: FileOptions,
): Promise<Inspection> => {
  const { files, root } = await planFetch(args, context, options);
  const replaced = files.flatMap(({ path, existing }) =>
    existing === undefined ? [] : [{ path, version: `${existing.size} bytes of ${existing.modified}` }],
  );
  return overwriteInspectionOf(replaced, 'local file', `in ${root.path}`);
};
