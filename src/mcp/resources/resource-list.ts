/** The resources and templates the server names. Static: no list costs a call. */

export interface ResourceTemplateEntry {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Absent where it depends on the resource. */
  readonly mimeType?: string;
}

export interface ResourceEntry {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType?: string;
}

const json = 'application/json';
const text = 'text/plain';

const template = (
  path: string,
  name: string,
  title: string,
  description: string,
  mimeType: string = json,
): ResourceTemplateEntry => ({ uriTemplate: `batch://${path}`, name, title, description, mimeType });

/** Every template, in the order of the list. */
export const resourceTemplates: readonly ResourceTemplateEntry[] = [
  template('{Region}/jobs', 'jobs', 'Jobs', 'The newest 100 jobs of a region.'),
  template('{Region}/jobs/{JobId}', 'job', 'Job', 'State, tasks and counts of a job. Can be subscribed to.'),
  template(
    '{Region}/jobs/{JobId}/submission',
    'submission',
    'Submission',
    'What the job was submitted with.',
  ),
  template('{Region}/jobs/{JobId}/tasks/{TaskName}', 'task', 'Task', 'State and instances of a task.'),
  template(
    '{Region}/jobs/{JobId}/tasks/{TaskName}/instances/{Index}/stdout',
    'stdout',
    'Standard output',
    'What an instance printed: at most 2,048 bytes, once it has ended.',
    text,
  ),
  template(
    '{Region}/jobs/{JobId}/tasks/{TaskName}/instances/{Index}/stderr',
    'stderr',
    'Standard error',
    'What an instance printed as errors: at most 2,048 bytes, once it has ended.',
    text,
  ),
  template('{Region}/compute-envs', 'compute-envs', 'Compute environments', 'The environments of a region.'),
  template(
    '{Region}/compute-envs/{EnvId}',
    'compute-env',
    'Compute environment',
    'An environment and its nodes.',
  ),
  template(
    '{Region}/compute-envs/{EnvId}/activities',
    'activities',
    'Activities',
    'What happened to the nodes of an environment, newest first.',
  ),
  template('{Region}/task-templates', 'task-templates', 'Task templates', 'The task templates of a region.'),
  template(
    '{Region}/task-templates/{TaskTemplateId}',
    'task-template',
    'Task template',
    'A task template, whole.',
  ),
  template(
    'reference/{Action}',
    'reference',
    'Reference of an action',
    'Every field, limit, error code and example of an action.',
    'text/markdown',
  ),
  template('undo/{Id}', 'undo', 'Undo recipe', 'What would bring back something that was destroyed.'),
];

/**
 * The resources that are there without knowing any id.
 * @param region the region of calls that name none
 */
export const resourcesOf = (region: string | undefined): readonly ResourceEntry[] =>
  region === undefined
    ? []
    : (['jobs', 'compute-envs', 'task-templates'] as const).map((kind) => {
        const entry = resourceTemplates.find((one) => one.name === kind);
        return {
          uri: `batch://${region}/${kind}`,
          name: `${kind} in ${region}`,
          description: entry?.description ?? '',
          mimeType: json,
        };
      });
