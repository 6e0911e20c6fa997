/** Draws docs/job-light.png and docs/job-dark.png, the report of a running job, from a real run on the local engine. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserProgram, noBrowser, openBrowser } from '../test/view/browser.ts';

const root = join(import.meta.dirname, '..');
/** Wide enough for the graph, and as high as the parts that a reader recognizes. */
const size = { width: 860, height: 668 } as const;
/** The page is drawn when so many instances of the array have succeeded. */
const wanted = 70;

const environment = { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' } };
const task = (TaskName: string, Command: string, more: object = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: environment,
  ...more,
});

/** A job whose first task fails at first, and of whose array a few instances fail. */
const jobIn = (folder: string) => ({
  Placement: { Zone: 'ap-guangzhou-1' },
  Job: {
    JobName: 'variant calling',
    Tasks: [
      task(
        'fetch',
        `if [ -e ${folder}/fetched ]; then sleep 4; else touch ${folder}/fetched; sleep 2; echo "curl: (7) Failed to connect" >&2; exit 7; fi`,
        { MaxRetryCount: 2 },
      ),
      task('index-reference', 'sleep 5'),
      task(
        'align',
        'sleep $((1 + BATCH_TASK_INSTANCE_INDEX % 3)); test $((BATCH_TASK_INSTANCE_INDEX % 37)) != 20 || { echo "Killed" >&2; exit 137; }',
        { TaskInstanceNum: 160, FailedAction: 'TERMINATE' },
      ),
      task('call-variants', 'sleep 2', { TaskInstanceNum: 12 }),
      task('report', 'sleep 1'),
    ],
    Dependences: [
      { StartTask: 'fetch', EndTask: 'align' },
      { StartTask: 'index-reference', EndTask: 'align' },
      { StartTask: 'align', EndTask: 'call-variants' },
      { StartTask: 'call-variants', EndTask: 'report' },
    ],
  },
});

/** Runs the job and draws it. @returns the files that were written */
export const drawView = async (): Promise<readonly string[]> => {
  if (browserProgram === undefined) throw new Error(`The view cannot be drawn: ${noBrowser}.`);
  const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-picture-'));
  const run = (...args: readonly string[]): string =>
    execFileSync(
      process.execPath,
      [
        ...[join(root, 'dist', 'batch-mcp.js'), ...args, '--data-dir', join(folder, 'data')],
        ...['--local', '--sandbox', 'none', '--slots', '12', '--confirm', 'none'],
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const call = (tool: string, args: object): Record<string, unknown> =>
    JSON.parse(run('call', tool, JSON.stringify(args))) as Record<string, unknown>;
  try {
    const JobId = String(call('SubmitJob', jobIn(folder)).JobId);
    const file = join(folder, 'job.html');
    let succeeded = 0;
    while (succeeded < wanted) {
      const { TaskInstanceMetrics } = call('DescribeJob', { JobId, detail: 'full' });
      succeeded = Number((TaskInstanceMetrics as { SucceedCount?: number } | undefined)?.SucceedCount ?? 0);
    }
    run('report', JobId, '--out', file);
    call('TerminateJob', { JobId });
    return await draw(file);
  } finally {
    run('engine', 'stop');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};

const draw = async (report: string): Promise<readonly string[]> => {
  const browser = await openBrowser();
  try {
    const files: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: size });
      await page.goto(pathToFileURL(report).href);
      await page.locator('canvas').first().waitFor();
      const file = join(root, 'docs', `job-${colorScheme}.png`);
      writeFileSync(file, await page.screenshot());
      files.push(file);
      await page.close();
    }
    return files;
  } finally {
    await browser.close();
  }
};
