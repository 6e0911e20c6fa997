/** Where an instance's streams are kept for the user, with the placeholders of the names filled in. */
import type { InputOf } from '../../catalogue/index.ts';

type Redirect = InputOf<'SubmitJob'>['Job']['Tasks'][number]['RedirectInfo'];

/** What the placeholders stand for. */
export interface InstanceName {
  readonly jobId: string;
  readonly taskName: string;
  readonly idx: number;
}

/** RedirectInfo with nothing left out: empty paths where nothing is redirected. */
export interface ResolvedRedirect {
  readonly StdoutRedirectPath: string;
  readonly StderrRedirectPath: string;
  readonly StdoutRedirectFileName: string;
  readonly StderrRedirectFileName: string;
}

/** A file name with its three placeholders filled in. */
export const fillIn = (text: string, name: InstanceName): string =>
  text
    .replaceAll('${BATCH_JOB_ID}', name.jobId)
    .replaceAll('${BATCH_TASK_NAME}', name.taskName)
    .replaceAll('${BATCH_TASK_INSTANCE_INDEX}', String(name.idx));

/** The name a stream's file has unless the task gives another one. */
export const defaultLogName = (stream: 'stdout' | 'stderr', name: InstanceName): string =>
  `${stream}.${name.jobId}.${name.taskName}.${name.idx}.log`;

/** Resolves a task's RedirectInfo for one instance. A name is only told where there is a path to find it at. */
export const redirectOf = (redirect: Redirect, name: InstanceName): ResolvedRedirect => {
  const stdoutPath = redirect?.StdoutRedirectPath ?? '';
  const stderrPath = redirect?.StderrRedirectPath ?? '';
  const nameOf = (stream: 'stdout' | 'stderr', path: string, given: string | undefined): string =>
    path === '' ? '' : given ? fillIn(given, name) : defaultLogName(stream, name);
  return {
    StdoutRedirectPath: stdoutPath,
    StderrRedirectPath: stderrPath,
    StdoutRedirectFileName: nameOf('stdout', stdoutPath, redirect?.StdoutRedirectFileName),
    StderrRedirectFileName: nameOf('stderr', stderrPath, redirect?.StderrRedirectFileName),
  };
};
