/** The task that is meant where none is named: most jobs have only one. */
import { InputError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { quoted } from '../render/untrusted.ts';

/** More names do not help to choose. */
const maxNames = 20;

/**
 * Reads the name of the only task of a job, unless one is named.
 * @throws InputError with the names where the job has several
 */
export const withTask = async <A extends { readonly JobId: string; readonly TaskName?: string | undefined }>(
  tool: string,
  args: A,
  context: Pick<ToolContext, 'call'>,
): Promise<A & { readonly TaskName: string }> => {
  if (args.TaskName !== undefined) return { ...args, TaskName: args.TaskName };
  const { TaskSet } = await context.call('DescribeJob', { JobId: args.JobId });
  const names = (TaskSet ?? []).map((task) => task?.TaskName ?? '');
  const [only] = names;
  if (only !== undefined && names.length === 1) return { ...args, TaskName: only };
  const shown = names.slice(0, maxNames).map((name) => quoted(name));
  const message = `${args.JobId} has ${names.length} tasks, so one has to be named: ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}.`;
  throw new InputError(tool, [{ path: 'TaskName', message }]);
};
