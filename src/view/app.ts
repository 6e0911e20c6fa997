/** The view in a client that renders MCP Apps. */
import type { JobCourse } from '../mcp/job-view/course.ts';
import { jobDataTool, jobLogTool } from '../mcp/job-view/view-resource.ts';
import { type Controller, createController } from './controller.ts';
import { connect, type Host, type HostEvents, type ToolResult } from './host/connect.ts';
import { isObject, type Later, type Params, type Port } from './host/peer.ts';
import { createRefresh, type Refresh } from './host/refresh.ts';
import { themeOf, variablesOf } from './host/theme.ts';
import { announcementOf, type PageState } from './page-state.ts';
import { logRequestText, requestText } from './requests.ts';

const initial: PageState = {
  phase: 'loading',
  message: 'Waiting for the job…',
  active: {},
  source: 'client',
  canAsk: false,
  isLive: false,
  announcement: '',
};

/** Hosts recommend it: they animate each change of the height. */
const resizeMs = 100;

/** The data in an answer of the server. @throws Error with its text where there is none */
const courseIn = ({ isError, text, fields }: ToolResult): JobCourse => {
  const { course } = fields;
  if (!isError && isObject(course) && course.format === 'batch-mcp/job-course' && course.version === 1) {
    // The server that sent it is the one this page comes from, and both are of one version.
    return course as unknown as JobCourse;
  }
  throw new Error(isError && text !== '' ? text : 'The server has sent no data that this view can show.');
};

const logIn = ({ isError, text, fields: { stdout, stderr, note } }: ToolResult) => {
  if (isError) throw new Error(text);
  const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { stdout: textIn(stdout), stderr: textIn(stderr), note: textIn(note) };
};

/** The arguments of the calls of the view: those of the call that it shows the result of. */
const argumentsOf = ({ JobId, Region, profile }: Params): Params => ({
  JobId,
  ...(Region !== undefined && { Region }),
  ...(profile !== undefined && { profile }),
});

/** Whether two results look the same, apart from what changes with the clock. */
const isSame = (before: JobCourse, after: JobCourse): boolean =>
  before.JobState === after.JobState &&
  before.coverage.readInstances === after.coverage.readInstances &&
  JSON.stringify(before.counts) === JSON.stringify(after.counts);

/** A job that has ended is read further only while instances are missing. */
const isComplete = ({ isFinal, coverage }: JobCourse): boolean =>
  isFinal && coverage.readInstances >= coverage.instances;

const later: Later = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

const portOf = (host: Window): Port => ({
  // The host's origin is not known to a view; what is sent holds nothing that it does not have.
  send: (message) => host.postMessage(message, '*'),
  listen: (receive) =>
    window.addEventListener('message', ({ source, data }) => {
      if (source === host) receive(data);
    }),
});

const applyContext = (context: Params): void => {
  const root = document.documentElement;
  const theme = themeOf(context);
  if (theme !== undefined) root.dataset.theme = theme;
  const current =
    theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? ('dark' as const) : ('light' as const));
  for (const [name, value] of variablesOf(context, current)) root.style.setProperty(name, value);
};

export const startApp = async (root: HTMLElement): Promise<void> => {
  let host: Host | undefined;
  let args: Params = {};
  let context: Params = {};
  const connected = (): Host => {
    if (host === undefined || !host.canCall)
      throw new Error(
        'This client does not let a view call the tools of its server, so nothing can be read.',
      );
    return host;
  };
  const controller = createController(root, initial, {
    readLog: async ({ task, instance, attempt }) => {
      const TaskName = controller.state().course?.tasks[task]?.name ?? '';
      const address = { TaskName, instance, ...(attempt !== undefined && { attempt }) };
      return logIn(await connected().callTool(jobLogTool, { ...args, ...address }));
    },
    ask: (request) => askHost((course) => requestText(request, course)),
    askAboutLog: (address) => askHost((course) => logRequestText(address, course)),
    refresh: () => startRefresh(),
  });
  const askHost = (textOf: (course: JobCourse) => string): void => {
    const { course } = controller.state();
    if (course === undefined) return;
    host?.ask(textOf(course)).then(
      () => controller.change({ announcement: 'The request is in the chat.' }),
      (error: Error) => controller.change({ message: error.message }),
    );
  };
  const refresh = createRefresh<JobCourse>({
    read: async () => courseIn(await connected().callTool(jobDataTool, args)),
    ...shownBy(controller),
    ...{ isComplete, isSame, later },
  });
  const startRefresh = (): void => {
    controller.change({ isLive: true });
    refresh.start();
  };
  const events: HostEvents = {
    onInput: (input) => {
      args = argumentsOf(input);
    },
    onResult: (result) => {
      if (result.isError) controller.change({ phase: 'failed', message: result.text });
      else {
        // Some hosts send no input; the result names its job as well.
        if (args.JobId === undefined) args = argumentsOf(result.fields);
        startRefresh();
      }
    },
    onCancelled: (reason) => {
      refresh.stop();
      const why = reason === '' ? '' : `: ${reason}`;
      controller.change({ phase: 'cancelled', isLive: false, message: `The call was cancelled${why}.` });
    },
    onContext: (change) => {
      context = { ...context, ...change };
      applyContext(context);
      controller.redraw();
    },
    onTeardown: () => refresh.stop(),
  };
  stopWhileHidden(controller, refresh);
  try {
    host = await connect(portOf(window.parent), events, later);
    controller.change({ canAsk: host.canAsk });
    reportSize(root, host, controller);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    controller.change({ phase: 'failed', message: `No client answers this view: ${message}` });
  }
};

const shownBy = (controller: Controller) => ({
  onData: (course: JobCourse): void => {
    const announcement = announcementOf(controller.state().course, course);
    const isLive = !isComplete(course);
    controller.change({
      phase: 'ready',
      message: '',
      course,
      isLive,
      ...(announcement !== '' && { announcement }),
    });
  },
  onError: (message: string, isLast: boolean): void => {
    const phase = controller.state().course === undefined ? ('failed' as const) : ('ready' as const);
    controller.change({
      phase: isLast ? 'failed' : phase,
      message: isLast ? message : `${message} Trying again.`,
      isLive: !isLast,
    });
  },
});

const stopWhileHidden = (controller: Controller, refresh: Refresh): void =>
  document.addEventListener('visibilitychange', () => {
    if (!controller.state().isLive) return;
    if (document.hidden) refresh.stop();
    else refresh.start();
  });

const reportSize = (root: HTMLElement, host: Host, controller: Controller): void => {
  let cancel = (): void => undefined;
  let lastWidth = 0;
  new ResizeObserver(() => {
    if (root.clientWidth !== lastWidth) {
      lastWidth = root.clientWidth;
      controller.redraw();
    }
    cancel();
    cancel = later(() => host.resize(Math.ceil(root.getBoundingClientRect().height)), resizeMs);
  }).observe(root);
};
