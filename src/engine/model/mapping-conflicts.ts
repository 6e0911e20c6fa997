/** Which paths of one task may overlap, and which directories have to be created for it. Pure. */

/** A directory created for each attempt. */
export interface ScratchDirectory {
  /** `disk-0`, `output-1`: unique in the task, and a plain file name. */
  readonly name: string;
  readonly kind: 'disk' | 'output';
  readonly target: string;
}

/** A normalized path that something is mounted at. */
export interface Claim {
  readonly kind: 'bucket' | 'share' | 'disk' | 'output' | 'log';
  readonly target: string;
}

/**
 * The directories to create for data disks and outputs. One that is at or below another is a plain directory of the
 * outer one, so that a path is never mounted below a writable mount.
 */
export const scratchOf = (
  disks: readonly string[],
  outputs: readonly string[],
): readonly ScratchDirectory[] => {
  const all = [
    ...disks.map((target, at) => ({ name: `disk-${at}`, kind: 'disk', target }) as const),
    ...outputs.map((target, at) => ({ name: `output-${at}`, kind: 'output', target }) as const),
  ];
  const first = new Map<string, ScratchDirectory>();
  for (const directory of all) {
    if (!first.has(directory.target)) first.set(directory.target, directory);
  }
  return [...first.values()].filter(({ target }) => !ancestorsOf(target).some((path) => first.has(path)));
};

/** The directories above a path, the root left out. */
const ancestorsOf = (path: string): readonly string[] => {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`);
};

const names: Readonly<Record<Claim['kind'], string>> = {
  bucket: 'InputMappings',
  share: 'InputMappings',
  disk: 'MountDataDisks',
  output: 'OutputMappings',
  log: 'RedirectLocalInfo',
};

/**
 * Finds two paths that cannot both be provided. Below a share nothing can be mounted, because a link that a job left
 * there would lead the mount elsewhere; a bucket is read-only; a file has nothing below it. A data disk is empty when an
 * attempt starts, so anything can be mounted below it; below an output only the file of a log can, and
 * directories that are part of it.
 * @returns the reason, naming both; undefined where there is no conflict
 */
export const conflictOf = (claims: readonly Claim[]): string | undefined => {
  const claimed = new Map<string, Claim>();
  for (const claim of claims) {
    const other = claimed.get(claim.target);
    if (other !== undefined && !(isScratch(other) && isScratch(claim)))
      return `${names[other.kind]} and ${names[claim.kind]} both use ${claim.target}; give each a path for itself`;
    if (other === undefined || claim.kind === 'output') claimed.set(claim.target, claim);
  }
  for (const inner of claims) {
    for (const path of ancestorsOf(inner.target)) {
      const outer = claimed.get(path);
      if (outer === undefined || canContain(outer, inner)) continue;
      return (
        `${names[inner.kind]} uses ${inner.target}, which is inside ${path} of ${names[outer.kind]}; ` +
        'give it a path outside'
      );
    }
  }
  return undefined;
};

const isScratch = ({ kind }: Claim): boolean => kind === 'disk' || kind === 'output';

const canContain = (outer: Claim, inner: Claim): boolean => {
  switch (outer.kind) {
    case 'disk':
      return true;
    case 'output':
      return inner.kind === 'log' || isScratch(inner);
    case 'bucket':
    case 'share':
    case 'log':
      return false;
    default:
      return outer.kind satisfies never;
  }
};
