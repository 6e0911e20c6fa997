/** Checks of a submission that need no call: beyond the schema, and likely mistakes. Pure. */
import type { InputOf } from '../../catalogue/index.ts';
import { regionOfZone } from '../../catalogue/regions.ts';
import { nameOfTask } from '../jobs/job-cost.ts';
import { quoted } from '../render/untrusted.ts';

type Submission = InputOf<'SubmitJob'>;
type Task = Submission['Job']['Tasks'][number];

export interface PlanFacts {
  /** Region of the call, where it names one. */
  readonly region: string | undefined;
  /** `intl` where calls go to the international site; undefined where they stay on this machine. */
  readonly site: 'cn' | 'intl' | undefined;
}

/** What the service will refuse. */
export const problemsOf = ({ Placement }: Submission, { region, site }: PlanFacts): readonly string[] => {
  const own = regionOfZone(Placement.Zone);
  return [
    ...(own === undefined
      ? [
          `Placement.Zone ${quoted(Placement.Zone)} is in no region of BatchCompute; a zone is, for example, ap-guangzhou-3.`,
        ]
      : []),
    ...(own !== undefined && region !== undefined && own !== region
      ? [`Placement.Zone ${Placement.Zone} is in ${own}, and the call goes to ${region}: give Region ${own}.`]
      : []),
    ...(site === 'intl' ? [noSubmitJob] : []),
  ];
};

/** According to the vendor's history of the API: withdrawn there in 2022, and not restored with the rest. */
export const noSubmitJob =
  'The international site has no SubmitJob: jobs can be watched and terminated there, and environments managed, but not submitted. Use an account of the mainland site (--site cn) or the local engine (--local).';

/** What the service accepts, and may be a mistake. */
export const warningsOf = ({ Placement, Job }: Submission): readonly string[] => {
  const tasks = Job.Tasks.map((task, index) => ({ task, name: quoted(nameOfTask(task, index)) }));
  const tasksWhere = (matches: (task: Task) => boolean): string =>
    tasks.flatMap(({ task, name }) => (matches(task) ? [name] : [])).join(', ');
  const sentence = (what: string, names: string, text: string): readonly string[] =>
    names === '' ? [] : [`${what} (${names}): ${text}`];
  const region = regionOfZone(Placement.Zone);
  return [
    ...sentence(
      'A bucket of another region',
      tasksWhere((task) => bucketRegionsOf(task).some((own) => region !== undefined && own !== region)),
      `buckets must be in ${region}.`,
    ),
    ...sentence(
      'No RedirectInfo',
      tasksWhere(
        ({ RedirectInfo }) => !RedirectInfo?.StdoutRedirectPath && !RedirectInfo?.StderrRedirectPath,
      ),
      'only 2 KB of each stream remain of the output.',
    ),
    ...sentence(
      'No Timeout',
      tasksWhere(({ Timeout }) => Timeout === undefined),
      'an instance that hangs runs for 24 hours.',
    ),
    ...sentence(
      'FailedAction',
      tasksWhere(({ FailedAction }) => FailedAction === 'INTERRUPT' || FailedAction === 'FAST_INTERRUPT'),
      'machines of failed instances are retained, and cost, until they are terminated.',
    ),
    ...(Job.Notifications && Job.NotificationTarget !== 'TDMQ_CMQ'
      ? [
          'Notifications go to CMQ, which the vendor has discontinued; NotificationTarget TDMQ_CMQ is its successor.',
        ]
      : []),
  ];
};

/** Regions of the buckets a task names: `cos://NAME-APPID.cos.REGION.myqcloud.com/…`. */
const bucketRegionsOf = (task: Task): readonly string[] =>
  [
    task.Application.PackagePath,
    task.RedirectInfo?.StdoutRedirectPath,
    task.RedirectInfo?.StderrRedirectPath,
    ...(task.InputMappings ?? []).map((mapping) => mapping.SourcePath),
    ...(task.OutputMappings ?? []).map((mapping) => mapping.DestinationPath),
  ].flatMap((path) => /^cos:\/\/[^/]+\.cos\.([a-z0-9-]+)\.myqcloud\.com\//.exec(path ?? '')?.[1] ?? []);
