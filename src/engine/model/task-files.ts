/** What files a task brings and takes: mounts, uploads, logs, a package; resolved from its submission, nothing touched. */
import type { InputOf } from '../../catalogue/index.ts';
import { defaultLogName, fillIn, type InstanceName } from './redirect.ts';
import { isPlainName, localPlaceOf, storagePathOf } from './storage-path.ts';

type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];
export type Stream = 'stdout' | 'stderr';

/** The parts of an environment that its tasks find on their nodes. */
export interface NodeFiles {
  readonly InputMappings?: TaskSpec['InputMappings'];
  readonly MountDataDisks?: readonly { readonly LocalPath: string }[] | undefined;
}

export interface TaskFiles {
  /** Remote directories shown at a place of the machine. */
  readonly inputs: readonly { readonly remote: readonly string[]; readonly target: string }[];
  /** Directories made for the command, stored remotely afterwards. */
  readonly outputs: readonly { readonly target: string; readonly remote: readonly string[] }[];
  /** Data disks: directories made for the command and thrown away with its machine. */
  readonly disks: readonly string[];
  /** Remote directories for the logs. */
  readonly logs: readonly {
    readonly stream: Stream;
    readonly remote: readonly string[];
    readonly name: string;
  }[];
  /** Files on the machine that show the logs. */
  readonly localLogs: readonly { readonly stream: Stream; readonly target: string }[];
  readonly package: string | undefined;
}

const remoteOf = (url: string): readonly string[] => {
  const place = storagePathOf(url);
  if (place === undefined) throw new Error(`\`${url}\` is not a path of cos://, cfs:// or nfs:// storage`);
  return place;
};

const targetOf = (path: string): string => {
  const place = localPlaceOf(path);
  if (place === undefined)
    throw new Error(`\`${path}\` is not a directory that a Linux machine can have there`);
  return place;
};

const nameOf = (text: string): string => {
  if (!isPlainName(text)) throw new Error(`\`${text}\` is not the name of one file`);
  return text;
};

/**
 * Resolves the files of a task.
 * @param name the instance, for the names of its logs
 * @param node what the environment has on its nodes; undefined for an elastic task
 * @throws Error with the reason
 */
export const taskFilesOf = (spec: TaskSpec, name: InstanceName, node: NodeFiles | undefined): TaskFiles => {
  const disks = node === undefined ? spec.ComputeEnv?.MountDataDisks : node.MountDataDisks;
  const inputs = [...(node?.InputMappings ?? []), ...(spec.InputMappings ?? [])];
  const logs = (stream: Stream, path: string | undefined, given: string | undefined): TaskFiles['logs'] =>
    path ? [{ stream, remote: remoteOf(path), name: nameOf(logNameOf(stream, given, name)) }] : [];
  const local = (
    stream: Stream,
    path: string | undefined,
    given: string | undefined,
  ): TaskFiles['localLogs'] =>
    path ? [{ stream, target: `${targetOf(path)}/${nameOf(logNameOf(stream, given, name))}` }] : [];
  const { RedirectInfo: remote, RedirectLocalInfo: machine } = spec;
  return {
    inputs: inputs.map(({ SourcePath, DestinationPath }) => ({
      remote: remoteOf(SourcePath),
      target: targetOf(DestinationPath),
    })),
    outputs: (spec.OutputMappings ?? []).map(({ SourcePath, DestinationPath }) => ({
      target: targetOf(SourcePath),
      remote: remoteOf(DestinationPath),
    })),
    disks: (disks ?? []).map(({ LocalPath }) => targetOf(LocalPath)),
    logs: [
      ...logs('stdout', remote?.StdoutRedirectPath, remote?.StdoutRedirectFileName),
      ...logs('stderr', remote?.StderrRedirectPath, remote?.StderrRedirectFileName),
    ],
    localLogs: [
      ...local('stdout', machine?.StdoutLocalPath, machine?.StdoutLocalFileName),
      ...local('stderr', machine?.StderrLocalPath, machine?.StderrLocalFileName),
    ],
    package: spec.Application.DeliveryForm === 'PACKAGE' ? spec.Application.PackagePath : undefined,
  };
};

const logNameOf = (stream: Stream, given: string | undefined, name: InstanceName): string =>
  given ? fillIn(given, name) : defaultLogName(stream, name);

/** Whether a task needs a place on the machine that only the sandbox can give it. Data disks alone are scenery. */
export const needsPlaces = (spec: TaskSpec): boolean =>
  (spec.InputMappings ?? []).length > 0 ||
  (spec.OutputMappings ?? []).length > 0 ||
  Boolean(spec.RedirectLocalInfo?.StdoutLocalPath || spec.RedirectLocalInfo?.StderrLocalPath);

/** Why a task that needs places is refused where nothing can give them. */
export const placesReason =
  'InputMappings, OutputMappings and RedirectLocalInfo name places of a machine, which only a sandbox can give to one ' +
  'task alone. Start the engine with `--sandbox bwrap`, or let the command read and write its working directory.';
