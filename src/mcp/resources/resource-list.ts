/** The resources and templates that the server lists. Static: no list costs a call. */

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

/** What a resource needs to be listed and read: a tool that is listed, any tool, or one that changes something. */
type Needed = { readonly tool: string } | 'any tool' | 'a changing tool';

interface Template extends ResourceTemplateEntry {
  readonly needs: Needed;
}

/** The tools that the operator lists. */
export interface ListedTools {
  has(name: string): boolean;
  /** Whether any of them creates, changes or destroys something. */
  readonly canChange: boolean;
}

const json = 'application/json';
const text = 'text/plain';

const template = (
  path: string,
  name: string,
  title: string,
  description: string,
  needs: Needed,
  mimeType: string = json,
): Template => ({ uriTemplate: `batch://${path}`, name, title, description, mimeType, needs });

/** Every template, in the order of the list. */
const templates: readonly Template[] = [
  template('{Region}/jobs', 'jobs', 'Jobs', 'The newest 100 jobs of a region.', { tool: 'DescribeJobs' }),
  template(
    '{Region}/jobs/{JobId}',
    'job',
    'Job',
    'State, tasks and counts of a job. Supports subscriptions.',
    { tool: 'DescribeJob' },
  ),
  template(
    '{Region}/jobs/{JobId}/submission',
    'submission',
    'Submission',
    'What the job was submitted with.',
    { tool: 'DescribeJobSubmitInfo' },
  ),
  template('{Region}/jobs/{JobId}/tasks/{TaskName}', 'task', 'Task', 'State and instances of a task.', {
    tool: 'DescribeTask',
  }),
  template(
    '{Region}/jobs/{JobId}/tasks/{TaskName}/instances/{Index}/stdout',
    'stdout',
    'Standard output',
    'Standard output of an instance: its end, complete up to 16 KB where it is stored. Supports subscriptions.',
    { tool: 'DescribeTaskLogs' },
    text,
  ),
  template(
    '{Region}/jobs/{JobId}/tasks/{TaskName}/instances/{Index}/stderr',
    'stderr',
    'Standard error',
    'Standard error of an instance: its end, complete up to 16 KB where it is stored. Supports subscriptions.',
    { tool: 'DescribeTaskLogs' },
    text,
  ),
  template('{Region}/compute-envs', 'compute-envs', 'Compute environments', 'The environments of a region.', {
    tool: 'DescribeComputeEnvs',
  }),
  template(
    '{Region}/compute-envs/{EnvId}',
    'compute-env',
    'Compute environment',
    'An environment and its nodes.',
    { tool: 'DescribeComputeEnv' },
  ),
  template(
    '{Region}/compute-envs/{EnvId}/activities',
    'activities',
    'Activities',
    'Activities of the nodes of an environment, newest first.',
    { tool: 'DescribeComputeEnvActivities' },
  ),
  template('{Region}/task-templates', 'task-templates', 'Task templates', 'The task templates of a region.', {
    tool: 'DescribeTaskTemplates',
  }),
  template(
    '{Region}/task-templates/{TaskTemplateId}',
    'task-template',
    'Task template',
    'A complete task template.',
    { tool: 'DescribeTaskTemplates' },
  ),
  template(
    'reference/{Action}',
    'reference',
    'Reference of a tool',
    'Fields, limits and examples of a tool; needed for nested arguments only.',
    'any tool',
    'text/markdown',
  ),
  template(
    'reference/type/{Type}',
    'type',
    'Reference of a nested type',
    'Fields and limits of a nested type, such as Task, EnvData or InputMapping.',
    'any tool',
    'text/markdown',
  ),
  template(
    'undo/{Id}',
    'undo',
    'Undo recipe',
    'The call that recreates what was destroyed or overwritten.',
    'a changing tool',
  ),
];

const isAvailable = ({ needs }: Template, tools: ListedTools): boolean => {
  if (needs === 'any tool') return true;
  return needs === 'a changing tool' ? tools.canChange : tools.has(needs.tool);
};

/** The templates of the resources that can be read with the listed tools. */
export const resourceTemplatesOf = (tools: ListedTools): readonly ResourceTemplateEntry[] =>
  templates.filter((one) => isAvailable(one, tools)).map(({ needs: _, ...entry }) => entry);

/** Whether a resource may be read: the operator's choice of tools holds for resources as well. */
export const isReadable = (name: string, tools: ListedTools): boolean =>
  templates.some((one) => one.name === name && isAvailable(one, tools));

/**
 * The resources that exist without knowing any id.
 * @param region the region of calls that name none
 */
export const resourcesOf = (region: string | undefined, tools: ListedTools): readonly ResourceEntry[] =>
  region === undefined
    ? []
    : resourceTemplatesOf(tools)
        .filter(({ name }) => ['jobs', 'compute-envs', 'task-templates'].includes(name))
        .map(({ name, description }) => ({
          uri: `batch://${region}/${name}`,
          name: `${name} in ${region}`,
          description,
          mimeType: json,
        }));
