/** Tasks: long calls that a client polls (extension `io.modelcontextprotocol/tasks`). They end with the process. */
import { type Random, randomHex } from '../../shared/random.ts';
import { cleanText } from '../render/untrusted.ts';

export interface TaskState {
  readonly taskId: string;
  readonly status: 'working' | 'completed' | 'failed' | 'cancelled';
  readonly statusMessage?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  readonly result?: object;
  readonly error?: object;
}

/** What a call may use while it is a task. */
export interface TaskCaller {
  readonly signal: AbortSignal;
  progress(done: number, total: number | undefined, message: string): void;
}

export interface Tasks {
  /**
   * Runs a call.
   * @returns its result where it ends soon, else a task
   */
  run(call: (caller: TaskCaller) => Promise<object>, request: AbortSignal): Promise<object>;
  /** The state of a task; undefined where there is none. */
  get(taskId: string): TaskState | undefined;
  /** @returns whether there is such a task */
  cancel(taskId: string): boolean;
}

/** A call that ends within this time is answered as usual: a task would cost a second request. */
const soonMs = 2_000;
/** Longer than any call, so that its result can be read for a few minutes. */
const ttlMs = 600_000;
const pollIntervalMs = 2_000;
/** A client that starts more gets ordinary calls. */
const maxTasks = 100;

interface Task {
  readonly controller: AbortController;
  readonly created: number;
  state: TaskState;
}

/** @param now milliseconds since 1970 */
export const createTasks = (now: () => number, random: Random): Tasks => {
  const tasks = new Map<string, Task>();
  const purge = (): void => {
    for (const [id, { created, controller }] of tasks) {
      if (now() - created < ttlMs) continue;
      controller.abort();
      tasks.delete(id);
    }
  };
  const change = (task: Task, more: Partial<TaskState>): void => {
    if (task.state.status !== 'working') return;
    task.state = { ...task.state, ...more, lastUpdatedAt: new Date(now()).toISOString() };
  };
  const create = (): Task => {
    const time = new Date(now()).toISOString();
    return {
      controller: new AbortController(),
      created: now(),
      state: {
        taskId: randomHex(random, 16),
        status: 'working',
        createdAt: time,
        lastUpdatedAt: time,
        ttlMs,
        pollIntervalMs,
      },
    };
  };
  return {
    run: async (call, request) => {
      purge();
      const task = create();
      const { signal } = task.controller;
      const abort = (): void => task.controller.abort();
      request.addEventListener('abort', abort, { once: true });
      const running = call({
        signal,
        progress: (_done, _total, message) => change(task, { statusMessage: cleanText(message) }),
      });
      if (tasks.size >= maxTasks) return running;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), soonMs);
      });
      const result = await Promise.race([running, late]).finally(() => clearTimeout(timer));
      if (result !== undefined) return result;
      // The request ends now, and the call continues.
      request.removeEventListener('abort', abort);
      tasks.set(task.state.taskId, task);
      running.then(
        (value) => change(task, { status: 'completed', result: value }),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          if (signal.aborted) change(task, { status: 'cancelled' });
          else change(task, { status: 'failed', statusMessage: message, error: { code: -32603, message } });
        },
      );
      return { resultType: 'task', ...task.state };
    },
    get: (taskId) => {
      purge();
      return tasks.get(taskId)?.state;
    },
    cancel: (taskId) => {
      const task = tasks.get(taskId);
      task?.controller.abort();
      return task !== undefined;
    },
  };
};
