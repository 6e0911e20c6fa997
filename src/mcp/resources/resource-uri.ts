/** The addresses of resources. Parsing is strict: a URI that does not match exactly names no resource. */

export type ResourceAddress =
  | { readonly kind: 'jobs' | 'compute-envs' | 'task-templates'; readonly region: string }
  | { readonly kind: 'job' | 'submission'; readonly region: string; readonly JobId: string }
  | { readonly kind: 'task'; readonly region: string; readonly JobId: string; readonly TaskName: string }
  | {
      readonly kind: 'stdout' | 'stderr';
      readonly region: string;
      readonly JobId: string;
      readonly TaskName: string;
      readonly index: number;
    }
  | { readonly kind: 'compute-env' | 'activities'; readonly region: string; readonly EnvId: string }
  | { readonly kind: 'task-template'; readonly region: string; readonly TaskTemplateId: string }
  | { readonly kind: 'reference'; readonly tool: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'undo'; readonly id: string };

const jobId = /^job-[0-9a-z]{8}$/;
const envId = /^env-[0-9a-z]{8}$/;
const templateId = /^task-tmpl-[0-9a-z]{8}$/;
const regionName = /^[a-z]{2,4}(?:-[a-z0-9]+){1,4}$/;
// No path is built from a name, but a name with a slash or a control character does not occur in this API.
const taskName = /^[^\p{Cc}/\\?#]{1,200}$/u;

/**
 * Parses a URI.
 * @returns undefined for anything else: another scheme, a query, a fragment, an empty part, a malformed id
 */
export const parseResourceUri = (uri: string): ResourceAddress | undefined => {
  const match = /^batch:\/\/([^?#\s]+)$/.exec(uri);
  const parts = match?.[1]?.split('/').map(decoded);
  if (parts === undefined || parts.some((part) => part === undefined || part === '')) return undefined;
  const [first = '', kind, id = '', ...rest] = parts as string[];
  if (first === 'reference' && kind !== undefined && id === '') return { kind: 'reference', tool: kind };
  if (first === 'reference' && kind === 'type' && parts.length === 3) return { kind: 'type', type: id };
  if (first === 'undo' && kind !== undefined && id === '' && /^[0-9a-f]{16}$/.test(kind)) {
    return { kind: 'undo', id: kind };
  }
  if (!regionName.test(first)) return undefined;
  if (parts.length === 2) return listOf(first, kind);
  if (kind === 'jobs' && jobId.test(id)) return inJob(first, id, rest);
  if (kind === 'compute-envs' && envId.test(id)) {
    if (rest.length === 0) return { kind: 'compute-env', region: first, EnvId: id };
    if (rest.length === 1 && rest[0] === 'activities') {
      return { kind: 'activities', region: first, EnvId: id };
    }
  }
  if (kind === 'task-templates' && templateId.test(id) && rest.length === 0) {
    return { kind: 'task-template', region: first, TaskTemplateId: id };
  }
  return undefined;
};

const listOf = (region: string, kind: string | undefined): ResourceAddress | undefined =>
  kind === 'jobs' || kind === 'compute-envs' || kind === 'task-templates' ? { kind, region } : undefined;

const inJob = (region: string, JobId: string, rest: readonly string[]): ResourceAddress | undefined => {
  if (rest.length === 0) return { kind: 'job', region, JobId };
  if (rest.length === 1 && rest[0] === 'submission') return { kind: 'submission', region, JobId };
  const [tasks, TaskName = '', instances, index = '', stream] = rest;
  if (tasks !== 'tasks' || !taskName.test(TaskName)) return undefined;
  if (rest.length === 2) return { kind: 'task', region, JobId, TaskName };
  const isLog = rest.length === 5 && instances === 'instances' && /^(0|[1-9]\d{0,8})$/.test(index);
  if (!isLog || (stream !== 'stdout' && stream !== 'stderr')) return undefined;
  return { kind: stream, region, JobId, TaskName, index: Number(index) };
};

const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
};
