/** Where the streams of an instance are stored, with the placeholders of the file names expanded. */
import type { InputOf } from '../../catalogue/index.ts';

type Redirect = InputOf<'SubmitJob'>['Job']['Tasks'][number]['RedirectInfo'];

/** The values of the placeholders. */
export interface InstanceName {
  readonly jobId: string;
  readonly taskName: string;
  readonly idx: number;
}

/** RedirectInfo with every field present: empty paths where nothing is redirected. */
export interface ResolvedRedirect {
  readonly StdoutRedirectPath: string;
  readonly StderrRedirectPath: string;
  readonly StdoutRedirectFileName: string;
  readonly StderrRedirectFileName: string;
}

/** Expands the three placeholders of a file name. */
export const expandName = (text: string, name: InstanceName): string =>
  text
    .replaceAll('${BATCH_JOB_ID}', name.jobId)
    .replaceAll('${BATCH_TASK_NAME}', name.taskName)
    .replaceAll('${BATCH_TASK_INSTANCE_INDEX}', String(name.idx));

/** The file name of a stream where the task gives none. */
export const defaultLogName = (stream: 'stdout' | 'stderr', name: InstanceName): string =>
  `${stream}.${name.jobId}.${name.taskName}.${name.idx}.log`;

/** Resolves a task's RedirectInfo for one instance. A file name is returned only where there is a path for it. */
export const redirectOf = (redirect: Redirect, name: InstanceName): ResolvedRedirect => {
  const stdoutPath = redirect?.StdoutRedirectPath ?? '';
  const stderrPath = redirect?.StderrRedirectPath ?? '';
  const nameOf = (stream: 'stdout' | 'stderr', path: string, given: string | undefined): string =>
    path === '' ? '' : given ? expandName(given, name) : defaultLogName(stream, name);
  return {
    StdoutRedirectPath: stdoutPath,
    StderrRedirectPath: stderrPath,
    StdoutRedirectFileName: nameOf('stdout', stdoutPath, redirect?.StdoutRedirectFileName),
    StderrRedirectFileName: nameOf('stderr', stderrPath, redirect?.StderrRedirectFileName),
  };
};

/**
 * The name under which the log of an attempt stays when a later one takes the documented name.
 * @param attempt 1 for the first
 */
export const attemptLogName = (name: string, attempt: number): string => `${name}.attempt-${attempt}`;
