/** StageFiles: uploads a local file or directory, and returns the path that a job uses. */
import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { type BodyBuffers, createBodyBuffers } from '../../client/cos/body-buffers.ts';
import { type CosObject, cosUrlOf, keyProblemOf } from '../../client/cos/cos-object.ts';
import { ApiError, InputError } from '../../shared/errors.ts';
import type { Fields, Inspection, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { sizeTextOf } from '../render/size.ts';
import type { FileOptions } from './file-options.ts';
import type { StageInput } from './inputs.ts';
import { overwriteInspectionOf } from './overwrite.ts';
import { packFiles } from './pack.ts';
import { type LocalSource, openLocalSource, openSource } from './read-local.ts';
import { crcOf } from './same-content.ts';
import { defaultMaxMb, tooLargeAnswer, totalOf } from './sizes.ts';
import { planStage, type StagePlan } from './stage-plan.ts';
import { findObject } from './stored-path.ts';

/** Small files are limited by the latency of the service. */
const concurrency = 4;
/** Larger files fill the connection one at a time; so many at a time would be held in memory. */
const maxSmallBytes = 2 * 1024 * 1024;

interface StagedObject {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** It was stored already, with the same content. */
  readonly unchanged?: true;
}

/** @throws InputError, LocalFileError, ApiError, TransportError */
export const stageFiles = async (
  args: StageInput,
  context: ToolContext,
  options: FileOptions,
): Promise<ToolAnswer> => {
  const plan = await planStage(args, context, options);
  const { files } = plan;
  const total = totalOf(files);
  const maxMb = args.maxMb ?? defaultMaxMb;
  if (args.dryRun) return dryRunAnswer(plan, total);
  if (total > maxMb * 1_000_000) return tooLargeAnswer('StageFiles', files, maxMb);
  context.progress(0, undefined, `Staging ${counted(files.length, 'file')}, ${sizeTextOf(total)}.`);
  const stage = { plan, args, context, options, total };
  switch (plan.form) {
    case 'file':
      return stageOne(stage);
    case 'packed':
      return stagePacked(stage);
    case 'tree':
      return stageTree(stage);
    default:
      return plan.form satisfies never;
  }
};

interface Stage {
  readonly plan: StagePlan;
  readonly args: StageInput;
  readonly context: ToolContext;
  readonly options: FileOptions;
  readonly total: number;
}

/** What was not uploaded, and by which ignore file. */
const fieldsOf = ({ leftOut, ignoreFile }: StagePlan): Fields => ({
  ...(leftOut.length > 0 && { leftOut }),
  ...(ignoreFile !== undefined && { ignoreFile }),
});

const stageOne = async ({ plan, args, context, total }: Stage): Promise<ToolAnswer> => {
  const source = await openLocalSource(plan.root, plan.from, context.signal);
  try {
    const named = `${source.sha256.slice(0, 16)}/${plan.name}`;
    const object = plan.to ?? { ...plan.base, key: `${plan.base.key}${named}` };
    const stored = await put(object, source, args, { plan, context }, (bytes) =>
      context.progress(bytes, total, `${sizeTextOf(bytes)} of ${sizeTextOf(total)} stored.`),
    );
    const isPackage = /\.(tgz|tar\.gz)$/.test(object.key);
    return {
      summary: `${plan.name} ${stored.unchanged ? 'was stored already' : 'was stored'}: ${sizeTextOf(total)}.`,
      fields: { ...stored },
      next: [
        isPackage
          ? `Use it as PackagePath (with DeliveryForm PACKAGE): ${stored.path}.`
          : `A job reads it from its directory, as SourcePath of InputMappings: ${directoryOf(stored.path)}.`,
      ],
    };
  } finally {
    await source.close();
  }
};

const directoryOf = (url: string): string => url.slice(0, url.lastIndexOf('/') + 1);

const stagePacked = async ({ plan, args, context, options, total }: Stage): Promise<ToolAnswer> => {
  const { signal } = context;
  // Packing is counted with the uncompressed bytes, and storing comes on top of them, so that counts only grow.
  const report = (bytes: number, what: string): void => context.progress(bytes, total * 2, what);
  const packed = await packFiles(plan.root, plan.from, plan.files, options, signal, (bytes) =>
    report(bytes, `${sizeTextOf(bytes)} of ${sizeTextOf(total)} packed.`),
  );
  const source = await openSource(packed.handle, 'The archive', signal);
  try {
    const object = plan.to ?? {
      ...plan.base,
      key: `${plan.base.key}${plan.name}-${source.sha256.slice(0, 16)}.tgz`,
    };
    const stored = await put(object, source, args, { plan, context }, (bytes) =>
      report(total + Math.min(total, bytes), `${sizeTextOf(bytes)} of ${sizeTextOf(source.size)} stored.`),
    );
    return {
      summary: `${counted(packed.files.length, 'file')} (${sizeTextOf(total)}) ${packed.files.length === 1 ? 'was' : 'were'} ${stored.unchanged ? 'stored already' : 'packed and stored'} as ${stored.path}.`,
      fields: { ...stored, files: packed.files, ...fieldsOf(plan) },
      next: [
        `Use it in Application of a task: DeliveryForm PACKAGE, PackagePath ${stored.path}; the command starts in the unpacked directory.`,
      ],
    };
  } finally {
    await source.close();
  }
};

const stageTree = async ({ plan, args, context, total }: Stage): Promise<ToolAnswer> => {
  const { files, root, from } = plan;
  const to = plan.to ?? { ...plan.base, key: `${plan.base.key}${await treeName(plan, context)}/` };
  const targets = files.map((file) => ({ ...file, object: { ...to, key: `${to.key}${file.path}` } }));
  for (const { object } of targets) {
    const problem = keyProblemOf(object.key);
    if (problem !== undefined)
      throw new InputError('StageFiles', [{ path: 'from', message: `The key ${object.key} ${problem}.` }]);
  }
  let done = 0;
  const buffers = createBodyBuffers();
  const storeOne = async ({ path, object, size }: (typeof targets)[number]) => {
    const source = await openLocalSource(root, [...from, ...path.split('/')], context.signal);
    try {
      const result = await put(object, source, args, { plan, context, buffers }, () => undefined);
      done += size;
      context.progress(done, total, `${sizeTextOf(done)} of ${sizeTextOf(total)} stored.`);
      return { ...result, path };
    } finally {
      await source.close();
    }
  };
  const isSmall = ({ size }: { readonly size: number }): boolean => size <= maxSmallBytes;
  const small = await pMap(targets.filter(isSmall), storeOne, { concurrency });
  const large = await pMap(
    targets.filter((target) => !isSmall(target)),
    storeOne,
    { concurrency: 1 },
  );
  const stored = [...small, ...large].sort((one, other) => (one.path < other.path ? -1 : 1));
  const path = cosUrlOf(to);
  return {
    summary: `${counted(stored.length, 'file')} (${sizeTextOf(total)}) ${stored.length === 1 ? 'is' : 'are'} stored in ${path}.`,
    fields: { path, files: stored, ...fieldsOf(plan) },
    next: [`A job reads them as SourcePath of InputMappings: ${path}.`],
  };
};

/** A directory of equal files gets an equal name, so that staging it again stores nothing. */
const treeName = async ({ root, from, files, name }: StagePlan, { signal }: ToolContext): Promise<string> => {
  const hash = createHash('sha256');
  for (const { path } of files) {
    const source = await openLocalSource(root, [...from, ...path.split('/')], signal);
    await source.close();
    hash.update(`${path}\0${source.sha256}\n`);
  }
  return `${name}-${hash.digest('hex').slice(0, 16)}`;
};

/** Stores one object. @throws ApiError FileAlreadyExists where another content lies there and may not be replaced */
const put = async (
  object: CosObject,
  source: LocalSource,
  { overwrite = false }: StageInput,
  { plan: { storage }, context, buffers }: Pick<Stage, 'plan' | 'context'> & { buffers?: BodyBuffers },
  onProgress: (bytes: number) => void,
): Promise<StagedObject> => {
  const { signal, approved } = context;
  const staged = { path: cosUrlOf(object), size: source.size, sha256: source.sha256 };
  const facts = await findObject(storage, object, signal);
  if (facts?.size === source.size) {
    const { crc64 = await crcOf(storage, object, signal) } = facts;
    if (crc64 === source.crc64) return { ...staged, unchanged: true };
  }
  // Only what was shown to the user is replaced; where nothing had to be confirmed, the operator allows all.
  const isShown = approved === undefined || Object.hasOwn(approved.state, staged.path);
  const mayOverwrite = overwrite && isShown;
  if (facts !== undefined && !mayOverwrite) throw exists(object);
  await storage.put(object, source, { mayOverwrite, signal, onProgress, ...(buffers && { buffers }) });
  return staged;
};

const exists = (object: CosObject): ApiError =>
  new ApiError(
    'PutObject',
    'FileAlreadyExists',
    `${cosUrlOf(object)} exists, with another content.`,
    undefined,
    {
      meaning: 'Nothing was replaced.',
      next: 'Choose another path in `to`, or ask the user whether to replace it (overwrite: true).',
    },
  );

const dryRunAnswer = (plan: StagePlan, total: number): ToolAnswer => ({
  summary: `Nothing was staged (dryRun): ${counted(plan.files.length, 'file')}, ${sizeTextOf(total)}.`,
  fields: {
    ...(plan.to !== undefined && { to: cosUrlOf(plan.to) }),
    files: plan.files.map(({ path, size }) => ({ path, size })),
    ...fieldsOf(plan),
  },
});

/** The objects that would be replaced: what lies at the target, whatever its content. */
const replacedBy = async (
  args: StageInput,
  context: ToolContext,
  options: FileOptions,
): Promise<readonly { readonly path: string; readonly version: string }[]> => {
  // A name made of the content is never that of another content.
  if (args.overwrite !== true || args.dryRun === true || args.to === undefined) return [];
  const { storage, form, to, files } = await planStage(args, context, options);
  if (to === undefined) return [];
  const objects = form === 'tree' ? files.map(({ path }) => ({ ...to, key: `${to.key}${path}` })) : [to];
  const found = await pMap(
    objects,
    async (object) => {
      const facts = await findObject(storage, object, context.signal);
      return facts === undefined
        ? []
        : [{ path: cosUrlOf(object), version: `${facts.size} bytes, ETag ${facts.etag}` }];
    },
    { concurrency },
  );
  return found.flat();
};

export const isStageGated = async (
  args: StageInput,
  context: ToolContext,
  options: FileOptions,
): Promise<boolean> => (await replacedBy(args, context, options)).length > 0;

export const inspectStage = async (
  args: StageInput,
  context: ToolContext,
  options: FileOptions,
): Promise<Inspection> =>
  overwriteInspectionOf(await replacedBy(args, context, options), 'object', 'in object storage');
