/**
 * What the buttons write to the model. The view itself changes nothing: the model makes the call, and the server asks for
 * the confirmation. No text that a job chooses is in these sentences, because the model reads them as the user's.
 */
import type { JobCourse } from '../mcp/job-view/course.ts';
import type { InstanceAddress } from './page-state.ts';

export type Request = 'diagnose' | 'end' | 'rerun';

const labels: Readonly<Record<Request, string>> = {
  diagnose: 'Ask for a diagnosis',
  end: 'Ask to end the job',
  rerun: 'Ask to run it again',
};

/** The requests that make sense now, with the labels of their buttons. */
export const requestsFor = ({ isFinal, failures }: JobCourse): readonly (readonly [Request, string])[] => {
  const names: readonly Request[] = [
    ...(failures.length > 0 ? (['diagnose'] as const) : []),
    isFinal ? 'rerun' : 'end',
  ];
  return names.map((name) => [name, labels[name]]);
};

export const isRequest = (name: string | undefined): name is Request =>
  name !== undefined && Object.hasOwn(labels, name);

/** An id of the API; anything else would let a job write to the model. */
const idOf = ({ JobId }: JobCourse): string =>
  /^[A-Za-z0-9-]{1,60}$/.test(JobId) ? JobId : 'shown in the view';

export const requestText = (request: Request, course: JobCourse): string => {
  const id = idOf(course);
  switch (request) {
    case 'diagnose':
      return `Find out why instances of job ${id} failed, and suggest what to do.`;
    case 'end':
      return `Prepare the termination of job ${id} and show me what would be lost before you do it.`;
    case 'rerun':
      return `Show me what running job ${id} again would do, and ask me before you submit it.`;
    default:
      return request satisfies never;
  }
};

/** The name of a task is chosen by the job; only one in the form of an identifier is repeated. */
export const logRequestText = ({ task, instance }: InstanceAddress, course: JobCourse): string => {
  const name = course.tasks[task]?.name ?? '';
  const which = /^[A-Za-z0-9_.-]{1,60}$/.test(name) ? `task ${name}` : `task number ${task + 1}`;
  return `Read the log of instance ${instance} of ${which} of job ${idOf(course)} and explain what it shows.`;
};
