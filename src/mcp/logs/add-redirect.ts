/** RedirectInfo of a submission: added where the operator configured a directory for logs, missed where not. */
import type { Completion, Fields } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { quoted } from '../render/untrusted.ts';
import { logBytes } from './api-log.ts';

/**
 * Completes the arguments of SubmitJob.
 * @param logPath a cos:// directory that ends in `/`; undefined where none is configured
 */
export const redirectCompletion =
  (logPath: string | undefined) =>
  (args: Fields): Completion => {
    const missing = tasksOf(args).filter((task) => !hasRedirect(task));
    if (missing.length === 0) return { fields: args, notices: [] };
    if (logPath === undefined) return { fields: args, notices: [withoutRedirectOf(missing)] };
    return {
      fields: withTasks(args, (task) =>
        missing.includes(task) ? { ...task, RedirectInfo: redirectTo(logPath) } : task,
      ),
      notices: [
        `RedirectInfo was added to ${counted(missing.length, 'task')} that had none (--log-path): complete logs are stored in ${logPath} when an instance ends.`,
      ],
    };
  };

/** What becomes of the output of tasks that do not redirect it. */
const withoutRedirectOf = (tasks: readonly Fields[]): string => {
  const names = tasks.flatMap(({ TaskName }) => (typeof TaskName === 'string' ? [quoted(TaskName)] : []));
  const which =
    names.length === tasks.length ? ` (${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''})` : '';
  return `No RedirectInfo${which}: only ${logBytes} bytes of each stream can be read afterwards.`;
};

const redirectTo = (path: string) => ({ StdoutRedirectPath: path, StderrRedirectPath: path });

const hasRedirect = ({ RedirectInfo: info }: Fields): boolean =>
  isFields(info) && Boolean(info.StdoutRedirectPath || info.StderrRedirectPath);

/** Whatever is not a list of tasks is reported by the check of the arguments. */
const tasksOf = ({ Job }: Fields): readonly Fields[] =>
  isFields(Job) && Array.isArray(Job.Tasks) ? Job.Tasks.filter(isFields) : [];

const withTasks = (args: Fields, change: (task: Fields) => Fields): Fields => {
  const { Job } = args;
  if (!isFields(Job) || !Array.isArray(Job.Tasks)) return args;
  return {
    ...args,
    Job: { ...Job, Tasks: Job.Tasks.map((task: unknown) => (isFields(task) ? change(task) : task)) },
  };
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
