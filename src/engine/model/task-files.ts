/** The files of a task: mounts, uploads, logs and a package, resolved from its submission. Pure. */
import type { InputOf } from '../../catalogue/index.ts';
import { type Claim, conflictOf, type ScratchDirectory, scratchOf } from './mapping-conflicts.ts';
import { defaultLogName, expandName, type InstanceName } from './redirect.ts';
import { isAtOrBelow, isPlainName, isWritableShare, localPathOf, storagePathOf } from './storage-path.ts';

type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];
export type Stream = 'stdout' | 'stderr';

/** The parts of an environment that its tasks find on their nodes. */
export interface NodeFiles {
  readonly InputMappings?: TaskSpec['InputMappings'];
  readonly MountDataDisks?: readonly { readonly LocalPath: string }[] | undefined;
}

export interface TaskFiles {
  /** Remote directories mounted at a path of the machine. */
  readonly inputs: readonly {
    readonly remote: readonly string[];
    readonly target: string;
    readonly isWritable: boolean;
  }[];
  /** Directories created for each attempt: data disks and what OutputMappings upload. They never overlap. */
  readonly scratch: readonly ScratchDirectory[];
  /** What is uploaded: a directory of the scratch directory called `scratch`, to a remote path. */
  readonly outputs: readonly {
    readonly scratch: string;
    readonly names: readonly string[];
    readonly remote: readonly string[];
  }[];
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

/** Why the files of a task cannot be provided, with the code SubmitJob refuses it with. */
export interface FilesProblem {
  readonly code:
    | 'InvalidParameterValue.LocalPath'
    | 'InvalidParameterValue.RemoteStoragePath'
    | 'InvalidParameterValue';
  readonly message: string;
}

class FilesError extends Error {
  override readonly name = 'FilesError';
  /** Not called `code`, which errors of the system have. */
  readonly apiCode: FilesProblem['code'];
  constructor(apiCode: FilesProblem['code'], message: string) {
    super(message);
    this.apiCode = apiCode;
  }
}

const remoteOf = (url: string): readonly string[] => {
  const path = storagePathOf(url);
  if (path !== undefined) return path;
  throw new FilesError(
    'InvalidParameterValue.RemoteStoragePath',
    `\`${url}\` is not a path of cos://, cfs:// or nfs:// storage`,
  );
};

const targetOf = (path: string): string => {
  const target = localPathOf(path);
  if (target !== undefined) return target;
  throw new FilesError(
    'InvalidParameterValue.LocalPath',
    `\`${path}\` cannot be mounted: it must be an absolute path on Linux, without \`..\`, and not a directory of the system`,
  );
};

/**
 * Resolves the files of a task.
 * @param name the instance, for the names of its logs
 * @param node what the environment has on its nodes; undefined for an elastic task
 * @throws FilesError when a path is invalid or two of them overlap in a way that cannot be provided
 */
export const taskFilesOf = (spec: TaskSpec, name: InstanceName, node: NodeFiles | undefined): TaskFiles => {
  const disks = (node === undefined ? spec.ComputeEnv?.MountDataDisks : node.MountDataDisks) ?? [];
  const inputs = distinct([...(node?.InputMappings ?? []), ...(spec.InputMappings ?? [])].map(inputOf));
  const outputs = (spec.OutputMappings ?? []).map(({ SourcePath, DestinationPath }) => ({
    target: targetOf(SourcePath),
    remote: remoteOf(DestinationPath),
  }));
  const diskTargets = disks.map(({ LocalPath }) => targetOf(LocalPath));
  const outputTargets = outputs.map(({ target }) => target);
  const scratch = scratchOf(diskTargets, outputTargets);
  const localLogs = localLogsOf(spec, name);
  const claims: readonly Claim[] = [
    ...inputs.map(({ target, isWritable }) => ({ kind: isWritable ? 'share' : 'bucket', target }) as const),
    ...diskTargets.map((target) => ({ kind: 'disk', target }) as const),
    ...outputTargets.map((target) => ({ kind: 'output', target }) as const),
    ...localLogs.map(({ target }) => ({ kind: 'log', target }) as const),
  ];
  const conflict = conflictOf(claims);
  if (conflict !== undefined) throw new FilesError('InvalidParameterValue.LocalPath', conflict);
  return {
    inputs,
    scratch,
    outputs: outputs.map(({ target, remote }) => {
      const root = scratch.find((directory) => isAtOrBelow(target, directory.target));
      const names = target.slice(root?.target.length ?? 0).split('/');
      return { scratch: root?.name ?? '', names: names.filter((part) => part !== ''), remote };
    }),
    logs: logsOf(spec, name),
    localLogs,
    package: packageOf(spec),
  };
};

const inputOf = ({ SourcePath, DestinationPath }: NonNullable<TaskSpec['InputMappings']>[number]) => {
  const remote = remoteOf(SourcePath);
  return { remote, target: targetOf(DestinationPath), isWritable: isWritableShare(remote[0] ?? '') };
};

/** An environment and its task may name the same mapping. */
const distinct = <T extends { readonly remote: readonly string[]; readonly target: string }>(
  inputs: readonly T[],
): readonly T[] => {
  const keyOf = ({ remote, target }: T): string => [target, ...remote].join('\0');
  return [...new Map(inputs.map((input) => [keyOf(input), input])).values()];
};

const logNameOf = (
  stream: Stream,
  given: string | undefined,
  name: InstanceName,
  code: FilesProblem['code'],
): string => {
  const expanded = given ? expandName(given, name) : defaultLogName(stream, name);
  if (isPlainName(expanded)) return expanded;
  throw new FilesError(code, `\`${expanded}\` is not the name of one file`);
};

const logsOf = ({ RedirectInfo: info }: TaskSpec, name: InstanceName): TaskFiles['logs'] => {
  const code = 'InvalidParameterValue.RemoteStoragePath';
  const log = (stream: Stream, path: string | undefined, given: string | undefined): TaskFiles['logs'] =>
    path ? [{ stream, remote: remoteOf(path), name: logNameOf(stream, given, name, code) }] : [];
  const logs = [
    ...log('stdout', info?.StdoutRedirectPath, info?.StdoutRedirectFileName),
    ...log('stderr', info?.StderrRedirectPath, info?.StderrRedirectFileName),
  ];
  const paths = logs.map((each) => [...each.remote, each.name].join('/'));
  if (paths.length === 2 && paths[0] === paths[1])
    throw new FilesError(code, `RedirectInfo gives both streams the same file, \`${logs[0]?.name}\``);
  return logs;
};

const localLogsOf = ({ RedirectLocalInfo: info }: TaskSpec, name: InstanceName): TaskFiles['localLogs'] => {
  const code = 'InvalidParameterValue.LocalPath';
  const log = (
    stream: Stream,
    path: string | undefined,
    given: string | undefined,
  ): TaskFiles['localLogs'] =>
    path ? [{ stream, target: targetOf(`${path}/${logNameOf(stream, given, name, code)}`) }] : [];
  const logs = [
    ...log('stdout', info?.StdoutLocalPath, info?.StdoutLocalFileName),
    ...log('stderr', info?.StderrLocalPath, info?.StderrLocalFileName),
  ];
  if (logs.length === 2 && logs[0]?.target === logs[1]?.target)
    throw new FilesError(code, `RedirectLocalInfo gives both streams the same file, \`${logs[0]?.target}\``);
  return logs;
};

const packageOf = ({ Application }: TaskSpec): string | undefined => {
  if (Application.DeliveryForm !== 'PACKAGE' || Application.PackagePath === undefined) return undefined;
  if (/\.(zip|7z|rar)$/i.test(Application.PackagePath))
    throw new FilesError('InvalidParameterValue.RemoteStoragePath', notGzipReason(Application.PackagePath));
  if (Application.PackagePath.startsWith('cos://')) remoteOf(Application.PackagePath);
  return Application.PackagePath;
};

/** Why a package of another format is refused. */
export const notGzipReason = (url: string): string =>
  `the package ${url} is not a gzipped tar archive (.tgz), the only format that is unpacked`;

/** A job of the length that the engine's ids have, to check the names of logs before there is one. */
const sampleJobId = 'job-00000000';

/**
 * Checks the files of a task before it is submitted: paths, names of logs, overlapping mappings, the package's address.
 * @param packagePorts ports that packages may be downloaded from
 * @returns undefined where nothing is wrong
 */
export const filesProblemOf = (
  spec: TaskSpec,
  node: NodeFiles | undefined,
  packagePorts: readonly number[],
): FilesProblem | undefined => {
  // The last instance has the longest name.
  const name = {
    jobId: sampleJobId,
    taskName: spec.TaskName ?? 'task-1000',
    idx: (spec.TaskInstanceNum ?? 1) - 1,
  };
  try {
    const { package: url, localLogs, inputs, scratch } = taskFilesOf(spec, name, node);
    const address = url && packageAddressProblemOf(url, packagePorts);
    if (address) return { code: 'InvalidParameterValue.RemoteStoragePath', message: address };
    const targets = [...inputs, ...scratch, ...localLogs].map(({ target }) => target);
    return spec.Application.Docker && dockerProblemOf(spec.Application.Docker, targets);
  } catch (error) {
    if (error instanceof FilesError) return { code: error.apiCode, message: error.message };
    throw error;
  }
};

/**
 * Why a package is not downloaded from an address. The engine has the network that jobs lack, so a job must not choose
 * what it connects to.
 */
export const packageAddressProblemOf = (url: string, ports: readonly number[]): string | undefined => {
  if (url.startsWith('cos://')) return undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLoopback = /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(parsed?.hostname ?? '');
  const port = Number(parsed?.port || (parsed?.protocol === 'https:' ? 443 : 80));
  if (isLoopback && ports.includes(port)) return undefined;
  return (
    `the local engine does not download packages from ${parsed?.host ?? url}: it takes them from cos:// storage ` +
    '(`batch-mcp engine files put`), and from ports of this machine that it was started with (`--package-ports`)'
  );
};

type Docker = NonNullable<TaskSpec['Application']['Docker']>;

/** What must not be passed to the container program. */
const dockerProblemOf = (docker: Docker, targets: readonly string[]): FilesProblem | undefined => {
  const problem = (message: string): FilesProblem => ({ code: 'InvalidParameterValue', message });
  if (!isImageName(docker.Image)) return problem(`\`${docker.Image}\` is not the name of a Docker image`);
  if (userOfOptions(docker.DockerRunOption ?? '') === undefined) {
    return problem(
      `DockerRunOption: the local engine passes on \`-u USER\` alone, not \`${docker.DockerRunOption}\``,
    );
  }
  const target = targets.find((path) => path.includes(':'));
  return target === undefined
    ? undefined
    : problem(`\`${target}\` cannot be mounted into a container: it contains a colon`);
};

/** Whether a text is an image reference and cannot be taken for an option: `registry:port/path/name:tag@digest`. */
export const isImageName = (image: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(image);

/**
 * The user that DockerRunOption asks for; the vendor's example is `-u root`. Mounts, devices and privileges would give
 * a command access to the machine and are not passed on.
 * @returns an empty text for no options; undefined for options that are refused
 */
export const userOfOptions = (text: string): string | undefined => {
  const options = text.trim();
  if (options === '') return '';
  return /^(?:-u|--user)(?:=|\s+)([A-Za-z0-9_][A-Za-z0-9_.:-]*)$/.exec(options)?.[1];
};

/** Whether a task needs paths on the machine that only a sandbox can provide. Data disks alone do not. */
export const needsMounts = (spec: TaskSpec): boolean =>
  (spec.InputMappings ?? []).length > 0 ||
  (spec.OutputMappings ?? []).length > 0 ||
  Boolean(spec.RedirectLocalInfo?.StdoutLocalPath || spec.RedirectLocalInfo?.StderrLocalPath);

/** Why a task that needs mounts is refused without a sandbox. */
export const mountsReason =
  'InputMappings, OutputMappings and RedirectLocalInfo name paths of a machine, which only a sandbox can provide for ' +
  'one task alone. Start the engine with `--sandbox bwrap`, or let the command read and write its working directory.';
