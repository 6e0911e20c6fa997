/** The steps of the demo, and how they are printed. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/client';

type Fields = Readonly<Record<string, unknown>>;

interface Answer {
  readonly isError: boolean;
  readonly fields: Fields;
  readonly text: string;
}

/** Acts as the assistant: calls and reads over MCP, and prints requests and results. */
export interface TourGuide {
  readonly client: Client;
  title(text: string): void;
  say(text: string): void;
  /** Calls a tool and prints both sides. @throws if the result is not of the expected kind */
  call(tool: string, args: Fields, expects?: 'answer' | 'refusal'): Promise<Answer>;
  /** Calls a tool without printing, for polling. */
  poll(tool: string, args: Fields): Promise<Answer>;
  read(uri: string): Promise<string>;
  /** Polls a job until it is in one of the states. */
  waitFor(JobId: string, ...states: readonly string[]): Promise<string>;
}

export const createTourGuide = (options: {
  readonly client: Client;
  readonly print: (text: string) => void;
  readonly hasColours: boolean;
  readonly signal: AbortSignal;
}): TourGuide => {
  const { client, signal } = options;
  const paint = (code: number, text: string) =>
    options.hasColours ? `\u001b[${code}m${text}\u001b[0m` : text;
  const indented = (text: string) =>
    text
      .split('\n')
      .map((line) => `     ${line}`)
      .join('\n');
  let step = 0;
  const poll = async (name: string, args: Fields): Promise<Answer> => {
    const result = await client.callTool({ name, arguments: { ...args } }, { signal });
    const [first] = result.content;
    return {
      isError: result.isError === true,
      fields: (result.structuredContent ?? {}) as Fields,
      text: first?.type === 'text' ? first.text : '',
    };
  };
  const say = (text: string) => options.print(indented(text));
  return {
    client,
    say,
    poll,
    title(text) {
      step += 1;
      options.print(`\n${paint(1, `${step}. ${text}`)}`);
    },
    async call(tool, args, expects = 'answer') {
      options.print(`  ${paint(36, '→')} ${tool} ${shortened(JSON.stringify(args), 300)}`);
      const answer = await poll(tool, args);
      options.print(
        `  ${paint(answer.isError ? 33 : 32, '←')} ${indented(firstLines(answer.text, 16)).trimStart()}`,
      );
      if (answer.isError !== (expects === 'refusal'))
        throw new Error(`${tool} should have ${expects === 'refusal' ? 'failed' : 'succeeded'}.`);
      return answer;
    },
    async read(uri) {
      options.print(`  ${paint(36, '→')} read ${uri}`);
      const { contents } = await client.readResource({ uri }, { signal });
      const [first] = contents;
      const text = first !== undefined && 'text' in first ? String(first.text) : '';
      options.print(`  ${paint(32, '←')} ${indented(firstLines(text.trimEnd(), 8)).trimStart()}`);
      return text;
    },
    async waitFor(JobId, ...states) {
      let last = '';
      for (;;) {
        const { fields } = await poll('DescribeJob', { JobId, detail: 'full' });
        const seen = summaryOf(fields);
        if (seen !== last) say(seen);
        last = seen;
        if (states.includes(String(fields.JobState))) return String(fields.JobState);
        await wait(150, undefined, { signal });
      }
    },
  };
};

const shortened = (text: string, maxLength: number): string =>
  text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
const firstLines = (text: string, maxLines: number): string => {
  const lines = text.split('\n');
  return lines.length > maxLines
    ? [...lines.slice(0, maxLines), `… ${lines.length - maxLines} more lines`].join('\n')
    : text;
};

/** "RUNNING: prepare SUCCEED, render RUNNING (1 of 3 done)". */
const summaryOf = (job: Fields): string => {
  const tasks = Array.isArray(job.TaskSet) ? (job.TaskSet as Fields[]) : [];
  return `${String(job.JobState)}: ${tasks.map((task) => `${String(task.TaskName)} ${String(task.TaskState)}`).join(', ')}`;
};

export const Placement = { Zone: 'ap-guangzhou-3' };
export const ComputeEnv = {
  EnvType: 'MANAGED',
  EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' },
};
const task = (TaskName: string, Command: string, more: Fields = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv,
  ...more,
});
export const jobIdOf = (answer: Answer): string => String(answer.fields.JobId);

/** Four tasks: one, then two in parallel, then one. */
const filmJob = {
  Placement,
  Job: {
    JobName: 'film',
    Tasks: [
      task('prepare', 'sleep 0.4; echo "scene split into $(seq 3 | wc -l) shots"'),
      task(
        'render',
        'sleep 0.$((4 + BATCH_TASK_INSTANCE_INDEX)); echo "shot $BATCH_TASK_INSTANCE_INDEX of $BATCH_TASK_INSTANCE_NUM rendered"',
        { TaskInstanceNum: 3 },
      ),
      task('sound', 'sleep 0.4; echo "sound mixed"; echo "one channel was silent" >&2'),
      task('cut', 'echo "film put together"'),
    ],
    Dependences: [
      { StartTask: 'prepare', EndTask: 'render' },
      { StartTask: 'prepare', EndTask: 'sound' },
      { StartTask: 'render', EndTask: 'cut' },
      { StartTask: 'sound', EndTask: 'cut' },
    ],
  },
};

/**
 * The tour.
 * @param dataDir the temporary directory, in which one job expects a file
 * @throws if a result is not the expected one: the demo is also a test
 */
export const tour = async (guide: TourGuide, dataDir: string): Promise<void> => {
  guide.title('The tools: one for each action of the API');
  const { tools } = await guide.client.listTools();
  guide.say(
    `${tools.length} tools, among them ${tools
      .slice(0, 8)
      .map((tool) => tool.name)
      .join(', ')} …`,
  );

  guide.title('An invalid argument is rejected with the correct one; nothing was sent');
  await guide.call(
    'SubmitJob',
    { Placement, Job: { JobNam: 'typo', Tasks: [task('a', 'true', { MaxRetryCount: 9 })] } },
    'refusal',
  );

  guide.title('A job of four tasks, one of them with three instances');
  const filmId = jobIdOf(await guide.call('SubmitJob', filmJob));
  await expectState(guide, filmId, 'SUCCEED', 'FAILED');

  guide.title('Its logs, by tool and as resources');
  await guide.call('DescribeTaskLogs', { JobId: filmId, TaskName: 'render' });
  await guide.read(`batch://ap-guangzhou/jobs/${filmId}/tasks/render/instances/1/stdout`);
  await guide.read(`batch://ap-guangzhou/jobs/${filmId}/tasks/sound/instances/0/stderr`);

  guide.title('Terminating a running job: first a preview, then the same call with its code');
  const endless = jobIdOf(
    await guide.call('SubmitJob', {
      Placement,
      Job: { JobName: 'endless', Tasks: [task('wait', 'echo waiting; sleep 300', { TaskInstanceNum: 2 })] },
    }),
  );
  await expectState(guide, endless, 'RUNNING', 'FAILED', 'SUCCEED');
  await confirmed(guide, 'TerminateJob', endless);
  await expectState(guide, endless, 'FAILED', 'SUCCEED');

  await failAndRetry(guide, dataDir);

  guide.title('A job is deleted, with its logs');
  await confirmed(guide, 'DeleteJob', filmId);
  await guide.call('DescribeJob', { JobId: filmId }, 'refusal');
};

/** A job that fails for want of a file, and succeeds when it is retried with the file. */
const failAndRetry = async (guide: TourGuide, dataDir: string): Promise<void> => {
  guide.title('A job that fails, and why');
  const input = join(dataDir, 'input.csv');
  const report = jobIdOf(
    await guide.call('SubmitJob', {
      Placement,
      Job: {
        JobName: 'report',
        Tasks: [
          task(
            'count',
            `test -f '${input}' || { echo 'input.csv is missing' >&2; exit 3; }; wc -l < '${input}'`,
          ),
        ],
      },
    }),
  );
  await expectState(guide, report, 'FAILED', 'SUCCEED');
  await guide.call('DescribeTask', { JobId: report, TaskName: 'count' });
  await guide.read(`batch://ap-guangzhou/jobs/${report}/tasks/count/instances/0/stderr`);

  guide.title('The cause is fixed, and the failed job is retried');
  await writeFile(input, 'a\nb\nc\n');
  await access(input);
  await guide.call('RetryJobs', { JobIds: [report] });
  await expectState(guide, report, 'SUCCEED', 'FAILED');
  await guide.read(`batch://ap-guangzhou/jobs/${report}/tasks/count/instances/0/stdout`);
};

/** Requests the preview, then repeats the call with its code. */
const confirmed = async (guide: TourGuide, tool: string, JobId: string): Promise<void> => {
  const { fields } = await guide.call(tool, { JobId }, 'refusal');
  const { preview } = fields as { preview?: { code?: string } };
  await guide.call(tool, { JobId, confirm: true, preview: preview?.code });
};

export const expectState = async (
  guide: TourGuide,
  JobId: string,
  expected: string,
  ...others: readonly string[]
): Promise<void> => {
  const state = await guide.waitFor(JobId, expected, ...others);
  if (state !== expected) throw new Error(`${JobId} is ${state} instead of ${expected}.`);
};
