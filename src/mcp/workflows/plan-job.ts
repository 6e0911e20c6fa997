/** PlanJob: checks a job before it is submitted. It changes nothing. */
import * as z from 'zod';
import { actions, type InputOf } from '../../catalogue/index.ts';
import { InputError } from '../../shared/errors.ts';
import { type Limits, rounded, sizeOfJob, violationsOf } from '../arguments/limits.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import type { Fields, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { costOf, instancesOf, type JobCost, nameOfTask } from '../jobs/job-cost.ts';
import { flowchartOf, stagesOf } from '../jobs/job-order.ts';
import { counted } from '../render/counted.ts';
import { quoted } from '../render/untrusted.ts';
import { type PlanFacts, problemsOf, warningsOf } from './plan-checks.ts';
import { readSupply, type Supply } from './plan-supply.ts';
import { expectedStartOf } from './queue-use.ts';

export interface PlanJobOptions {
  readonly limits: Limits;
  readonly site: PlanFacts['site'];
  /** As SubmitJob completes its arguments. */
  readonly complete: Tool['complete'];
}

type Submission = InputOf<'SubmitJob'>;

// The complete schema is SubmitJob's and is checked below, where issues become part of the plan.
const input = z.strictObject({
  Placement: z.object({}),
  Job: z.object({}),
  ClientToken: z.string().optional(),
});

export const createPlanJob = ({ limits, site, complete }: PlanJobOptions): Tool => ({
  name: 'PlanJob',
  title: 'Check a job before it is submitted',
  description:
    'Checks the arguments of SubmitJob without submitting: machines in stock, price, limits. Returns problems, stages, a Mermaid graph, a cost bound.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  returns: 'submittable problems warnings stages',
  unlistedArguments: ['ClientToken'],
  input,
  isRegional: true,
  hasDetail: false,
  ...(complete && { complete }),
  run: async (args, context) => {
    const read = readSubmission(args);
    return 'issues' in read ? refusalOf(read.issues) : plan(read.submission, { limits, site }, context);
  },
});

const submit = {
  name: 'SubmitJob',
  input: actions.SubmitJob.input,
  isRegional: false,
  hasDetail: false,
};

const readSubmission = (
  args: Fields,
): { readonly submission: Submission } | { readonly issues: readonly string[] } => {
  try {
    // They were just checked against the schema of SubmitJob.
    return { submission: readArguments(submit, args).fields as unknown as Submission };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return {
      issues: error.issues.map(
        ({ path, code, message }) =>
          `${path === '' ? '' : `${path}: `}${code === undefined ? '' : `${code}: `}${message}`,
      ),
    };
  }
};

const refusalOf = (problems: readonly string[]): ToolAnswer => ({
  summary: `The job would be refused: ${counted(problems.length, 'problem')} in its arguments. Nothing was submitted.`,
  fields: { submittable: false, problems },
  next: ['Correct these and call PlanJob again: order, machines, price and limits are checked after that.'],
});

const plan = async (
  submission: Submission,
  { limits, site }: Pick<PlanJobOptions, 'limits' | 'site'>,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const { Tasks } = submission.Job;
  const early = problemsOf(submission, { region: context.region, site });
  const engine = await context.engine?.();
  // SubmitJob of a local engine makes the same checks, and runs any type of machine on its slots.
  const refusal = early.length === 0 ? await engine?.checkSubmission(context.region, submission) : undefined;
  const supply = await readSupply(submission, context, engine !== undefined);
  const cost = costOf(submission, supply.offerings);
  const excesses = violationsOf(sizeOfJob(submission, cost), limits).map(({ message }) => message);
  const refused = refusal === undefined ? [] : [[refusal.Code, refusal.Message].filter(Boolean).join(': ')];
  const problems = [...early, ...refused, ...supply.problems, ...excesses];
  const graph = flowchartOf(
    submission.Job,
    Tasks.map((task, index) => `${nameOfTask(task, index)} × ${instancesOf(task)}`),
  );
  const submittable = problems.length === 0;
  const start =
    submittable && engine !== undefined ? await expectedStartOf(engine, submission, context) : undefined;
  return {
    summary: submittable
      ? `The job would be accepted: ${counted(Tasks.length, 'task')}, ${counted(cost.instances, 'instance')}${priceOf(cost)}. Nothing was submitted.`
      : `The job would be refused or could not run: ${counted(problems.length, 'problem')}. Nothing was submitted.`,
    fields: {
      submittable,
      problems,
      warnings: [...supply.warnings, ...warningsOf(submission)],
      stages: stageLinesOf(submission, supply),
      ...(graph && { graph }),
      ...(start !== undefined && { expectedStart: start }),
      ...costFieldsOf(cost),
      checked: [
        'fields, names and dependences',
        'zone and paths',
        ...(engine === undefined ? [] : ['what the local engine can run']),
        ...supply.checked,
        'limits of the operator',
      ].join('; '),
    },
    next: [
      submittable
        ? 'SubmitJob with the same arguments submits it, once the user agrees.'
        : `Correct the problems and call PlanJob again.${excesses.length > 0 ? ' Do not split the job to get around a limit of the operator.' : ''}`,
    ],
  };
};

const priceOf = ({ hourly, machines }: JobCost): string =>
  machines === 0 || hourly === undefined ? '' : `, at most ${rounded(hourly)} an hour`;

/** `1: "load": 1 instance on …; "check": …`, one line for each stage. */
const stageLinesOf = ({ Job }: Submission, { placements }: Supply): readonly string[] =>
  stagesOf(Job).map(
    (stage, at) =>
      `${at + 1}: ${stage.map((index) => placements[index] ?? quoted(nameOfTask(Job.Tasks[index] ?? noTask, index))).join('; ')}`,
  );

// Stages contain indexes of tasks, so this is never read; it avoids an assertion.
const noTask: Submission['Job']['Tasks'][number] = { Application: { DeliveryForm: 'LOCAL' } };

const costFieldsOf = ({ instances, machines, hourly, total, unknown }: JobCost): Fields => ({
  instances,
  machinesAtOnce: machines,
  ...(machines > 0 &&
    (hourly === undefined
      ? { price: `not known for ${unknown.map((name) => quoted(name)).join(', ')}` }
      : {
          price: {
            perHourAtMost: rounded(hourly),
            wholeJobAtMost: rounded(total ?? 0),
            basis:
              'List price with discount, in the currency of the site, without disks and traffic; all machines at once; every instance for its whole Timeout in every attempt.',
          },
        })),
});
