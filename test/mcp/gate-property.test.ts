/**
 * The gate under random sequences of calls, forms and changes by another client. A small model holds what was shown
 * under which code, and what was refused; the engine's log of requests is the witness.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actions, isActionName } from '../../src/catalogue/index.ts';
import type { Caller, ElicitationResult, Elicitor } from '../../src/mcp/contract/caller.ts';
import type { ConfirmPolicy } from '../../src/mcp/contract/decision.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { CallOutcome } from '../../src/mcp/execute/call-tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from './harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let other: ToolService;
let EnvId: string;
beforeAll(async () => {
  engine = await startTestEngine();
  other = toolboxOver(engine, ['--confirm', 'none']);
  EnvId = String((await byOther('CreateComputeEnv', newEnv)).EnvId);
});
afterAll(async () => {
  await other.close();
  await engine.stop();
});

const Placement = { Zone: 'ap-guangzhou-1' };
const EnvData = { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' };
const newEnv = { Placement, ComputeEnv: { EnvName: 'x', DesiredComputeNodeCount: 1, EnvData } };
const { Job } = jobOf('sleep 300') as { readonly Job: { readonly Tasks: readonly Fields[] } };
const plain: Caller = { name: 'test', signal: new AbortController().signal };

const fieldsOf = (outcome: CallOutcome): Fields =>
  outcome.kind === 'answer' ? outcome.answer.structuredContent : {};

/** Requests of the other client, by their positions in the engine's log. */
const othersRequests = new Set<number>();

/** A call of another client, which needs no confirmation. */
const byOther = async (tool: string, args: Fields): Promise<Fields> => {
  const from = engine.requests.length;
  const fields = fieldsOf(await other.call(tool, args, plain));
  for (let index = from; index < engine.requests.length; index++) othersRequests.add(index);
  return fields;
};

const nodeCount = async (): Promise<number> =>
  Number((await byOther('DescribeComputeEnv', { EnvId })).DesiredComputeNodeCount ?? 0);

/** What another client does. */
type Interference = { readonly nodes: number } | 'deletes the template' | 'terminates the job' | 'nothing';

type Target = 'environment' | 'template' | 'job';
/** One of the destructive calls; `nodes` of the environment. */
type Call =
  | { readonly target: Exclude<Target, 'environment'> }
  | { readonly target: 'environment'; readonly nodes: number };

/** What the user, or a client in place of the user, does with a form. */
const reactions = [
  'confirms',
  'confirms with spaces',
  'types yes',
  'leaves it empty',
  'declines',
  'cancels',
  'fails',
] as const;
type Reaction = (typeof reactions)[number];

const resultOf = (reaction: Reaction, confirmationText: string): ElicitationResult => {
  switch (reaction) {
    case 'confirms':
      return { action: 'accept', typedText: confirmationText };
    case 'confirms with spaces':
      return { action: 'accept', typedText: ` ${confirmationText}\n` };
    case 'types yes':
      return { action: 'accept', typedText: 'yes' };
    case 'leaves it empty':
      return { action: 'accept', typedText: undefined };
    case 'declines':
      return { action: 'decline' };
    case 'cancels':
      return { action: 'cancel' };
    case 'fails':
      return { action: 'failed', cause: 'error', message: 'no window' };
    default:
      return reaction satisfies never;
  }
};
const isConfirmed = (reaction: Reaction): boolean => reaction.startsWith('confirms');

/** Everything that decides whether a call may be sent. */
interface Model {
  nodes: number;
  template: 'present' | 'deleted';
  job: 'running' | 'ended';
  /** Code → the call it is for, and the state that was shown. */
  readonly codes: Map<string, { readonly key: string; readonly shown: string }>;
  readonly refused: Set<string>;
}

const keyOf = (call: Call): string => JSON.stringify(call);
/** The state of a call's target, as far as a preview of it depends on it. */
const stateOf = (call: Call, model: Model): string =>
  String(call.target === 'environment' ? model.nodes : model[call.target]);
/** Whether nothing is left to destroy: the target is gone or has ended. */
const isGone = ({ target }: Call, model: Model): boolean =>
  (target === 'template' && model.template === 'deleted') || (target === 'job' && model.job === 'ended');
const grows = (call: Call, model: Model): boolean =>
  call.target === 'environment' && call.nodes > model.nodes;

/** The service under test, with another client that acts at every point where a call can wait. */
class System {
  readonly service: ToolService;
  /** Runs where the call waits for its rate permit. */
  atPermit: Interference = 'nothing';
  grewAtCall = false;
  constructor(
    readonly policy: ConfirmPolicy,
    readonly client: 'cannot ask' | 'inline' | 'multi-round',
    readonly model: Model,
    readonly ids: { readonly TaskTemplateId: unknown; readonly JobId: unknown },
  ) {
    this.service = toolboxOver(engine, ['--confirm', policy], (client) => ({
      ...client,
      call: async (action, input, options) => {
        if (actions[action].effect !== 'read') await this.interfere(this.atPermit);
        return client.call(action, input, options);
      },
    }));
  }

  async interfere(what: Interference): Promise<void> {
    const { TaskTemplateId, JobId } = this.ids;
    if (what === 'nothing') return;
    if (what === 'deletes the template') {
      await byOther('DeleteTaskTemplates', { TaskTemplateIds: [TaskTemplateId] });
      this.model.template = 'deleted';
    } else if (what === 'terminates the job') {
      await byOther('TerminateJob', { JobId });
      this.model.job = 'ended';
    } else {
      await byOther('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: what.nodes });
      this.model.nodes = await nodeCount();
    }
  }

  /** Calls the tool. Whether a confirmation is needed is decided by the state at this time, unless the call brings one. */
  send(call: Call, args: Fields, caller: Caller): Promise<CallOutcome> {
    const isReply = caller.elicitor?.kind === 'multi-round' && caller.elicitor.reply !== undefined;
    this.grewAtCall = !isReply && grows(call, this.model);
    return this.service.call(this.argumentsOf(call)[0], args, caller);
  }

  argumentsOf(call: Call): readonly [string, Fields] {
    switch (call.target) {
      case 'environment':
        return ['ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: call.nodes }];
      case 'template':
        return ['DeleteTaskTemplates', { TaskTemplateIds: [this.ids.TaskTemplateId] }];
      case 'job':
        return ['TerminateJob', { JobId: this.ids.JobId }];
      default:
        return call satisfies never;
    }
  }
}

let sentInAll = 0;
let stoppedAtPermit = 0;

/** Calls, checks the engine's log against the prediction of the model, and stores what the answer shows. */
const expectSent = async (
  call: Call,
  system: System,
  run: () => Promise<CallOutcome>,
  /** Evaluated after the call: whether it was confirmed, and for which state. `undefined`: not confirmed. */
  confirmedFor: () => string | undefined,
  description: string,
): Promise<void> => {
  const { model, policy } = system;
  const [tool] = system.argumentsOf(call);
  const from = engine.requests.length;
  const outcome = await run();
  const own = engine.requests
    .map(({ action }, index) => ({ action, index }))
    .filter(({ index }) => index >= from && !othersRequests.has(index));
  const sent = own.filter(({ action }) => isActionName(action) && actions[action].effect !== 'read');

  const shown = confirmedFor();
  const isUnchanged = shown !== undefined && shown === stateOf(call, model) && !isGone(call, model);
  const mayBeSent = policy === 'none' || (system.grewAtCall ? grows(call, model) : isUnchanged);
  expect(
    sent.map(({ action }) => action),
    description,
  ).toEqual(mayBeSent ? [tool] : []);
  if (mayBeSent && policy !== 'none') {
    // The order permit → inspect → send: after the last change of the other client, the target was read again.
    const [last] = sent;
    const before = engine.requests.slice(0, last?.index).map(({ action }, index) => ({ action, index }));
    expect(before.at(-1)?.action, description).toMatch(/^Describe/);
    expect(othersRequests.has(before.at(-1)?.index ?? -1), description).toBe(false);
  }
  sentInAll += sent.length;
  if (shown !== undefined && !mayBeSent) stoppedAtPermit += 1;
  if (mayBeSent) {
    if (call.target === 'environment') model.nodes = await nodeCount();
    else if (call.target === 'template') model.template = 'deleted';
    else model.job = 'ended';
  }
  const { preview } = fieldsOf(outcome) as { preview?: { code?: string } };
  if (preview?.code !== undefined)
    model.codes.set(preview.code, { key: keyOf(call), shown: stateOf(call, model) });
};

type Command = fc.AsyncCommand<Model, System>;
const command = (name: string, run: (model: Model, system: System) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const otherActs = (what: Interference): Command =>
  command(`other: ${JSON.stringify(what)}`, (_, system) => system.interfere(what));

/** Whether this call would open a form. */
const opensForm = ({ policy, client }: System): boolean =>
  client !== 'cannot ask' && (policy === 'auto' || policy === 'ask');

const elicitorOf = (
  system: System,
  elicit: (confirmationText: string) => Promise<ElicitationResult>,
): Elicitor | undefined => {
  if (system.client === 'cannot ask') return undefined;
  if (system.client === 'multi-round') return { kind: 'multi-round' };
  return { kind: 'inline', elicit: ({ confirmationText }) => elicit(confirmationText) };
};

/** `confirm` in every form that a client may send; only the boolean confirms. */
const unconfirmed = (call: Call, confirm: unknown, atPermit: Interference): Command =>
  command(
    `${keyOf(call)} confirm=${JSON.stringify(confirm)} at permit: ${JSON.stringify(atPermit)}`,
    async (_, system) => {
      const [, args] = system.argumentsOf(call);
      const elicitor = elicitorOf(system, () => Promise.reject(new Error('No form may be shown.')));
      system.atPermit = atPermit;
      const sentArgs = confirm === undefined ? args : { ...args, confirm };
      // A value of another type is an error of the arguments, under every policy and also where the call would grow.
      const isValid = confirm === undefined || confirm === false;
      const caller = { ...plain, ...(elicitor && { elicitor }) };
      if (isValid) {
        await expectSent(
          call,
          system,
          () => system.send(call, sentArgs, caller),
          () => undefined,
          keyOf(call),
        );
      } else {
        const from = engine.requests.length;
        await system.send(call, sentArgs, caller);
        expect(engine.requests.slice(from)).toEqual([]);
      }
    },
  );

/** A confirmation without a form: only the unused code of a preview of this very call counts. */
const byCode = (
  anyCall: Call,
  choice: 'own' | 'of another call' | 'invented' | 'none',
  atPermit: Interference,
): Command =>
  command(
    `code ${choice} (${keyOf(anyCall)}), at permit: ${JSON.stringify(atPermit)}`,
    async (model, system) => {
      // A client that is asked by a form is exercised by `byForm`.
      if (opensForm(system)) return;
      const [newest] = [...model.codes].reverse();
      const call = choice === 'own' && newest ? (JSON.parse(newest[1].key) as Call) : anyCall;
      const [, args] = system.argumentsOf(call);
      const code = {
        own: newest?.[0],
        'of another call': [...model.codes].find(([, { key }]) => key !== keyOf(call))?.[0],
        invented: 'zzzzzzzzzzzzzzzzzzzzzzzzz',
        none: undefined,
      }[choice];
      system.atPermit = atPermit;
      // The gate takes a code only where it decides: then it is used up, by whichever call.
      const isTaken = system.policy === 'auto' || system.policy === 'flag';
      const known = isTaken && !grows(call, model) && code !== undefined ? model.codes.get(code) : undefined;
      if (known && code !== undefined) model.codes.delete(code);
      const elicitor = elicitorOf(system, () => Promise.reject(new Error('No form may be shown.')));
      const sentArgs = { ...args, confirm: true, ...(code !== undefined && { preview: code }) };
      const run = () => system.send(call, sentArgs, { ...plain, ...(elicitor && { elicitor }) });
      const confirmedFor = () => (known?.key === keyOf(call) ? known.shown : undefined);
      await expectSent(call, system, run, confirmedFor, `code ${choice}`);
    },
  );

/** A confirmation by a form, while which another client may act. */
const byForm = (
  call: Call,
  reaction: Reaction,
  state: 'own' | 'forged' | 'used',
  whileOpen: Interference,
  atPermit: Interference,
): Command =>
  command(
    `${keyOf(call)} by form: ${reaction}, state ${state}, open: ${JSON.stringify(whileOpen)}, at permit: ${JSON.stringify(atPermit)}`,
    async (model, system) => {
      if (!opensForm(system)) return;
      const [, args] = system.argumentsOf(call);
      const sentArgs = { ...args, confirm: true };
      system.atPermit = atPermit;
      let shown: string | undefined;
      let isAnswered = false;
      const ask = async (confirmationText: string): Promise<ElicitationResult> => {
        shown = stateOf(call, model);
        await system.interfere(whileOpen);
        isAnswered = true;
        return resultOf(reaction, confirmationText);
      };
      const wasRefused = model.refused.has(keyOf(call));
      const run = async (): Promise<CallOutcome> => {
        const elicitor = elicitorOf(system, ask);
        const outcome = await system.send(call, sentArgs, {
          ...plain,
          ...(elicitor && { elicitor }),
        });
        if (outcome.kind !== 'ask') return outcome;
        const result = await ask(outcome.confirmationText);
        const reply = (sent: string, answer: ElicitationResult) =>
          system.send(call, sentArgs, {
            ...plain,
            elicitor: { kind: 'multi-round', reply: { state: sent, result: answer } },
          });
        const forged = `${outcome.state.split('.')[0]}.${'A'.repeat(43)}`;
        if (state === 'forged') {
          isAnswered = false;
          return reply(forged, result);
        }
        const answered = await reply(outcome.state, result);
        // The state is used up: a second answer with it has no effect, whatever it says.
        if (state === 'used') {
          const from = engine.requests.length;
          await reply(outcome.state, resultOf('confirms', outcome.confirmationText));
          const again = engine.requests.slice(from).filter((_, index) => !othersRequests.has(from + index));
          expect(again.filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
        }
        return answered;
      };
      await expectSent(
        call,
        system,
        run,
        () => (isAnswered && isConfirmed(reaction) && !wasRefused ? shown : undefined),
        `form ${reaction}`,
      );
      if (isAnswered && !isConfirmed(reaction)) model.refused.add(keyOf(call));
    },
  );

const nodes = fc.nat(2);
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: nodes.map((count) => ({ target: 'environment' as const, nodes: count })) },
  fc.constantFrom({ target: 'template' as const }, { target: 'job' as const }),
);
const interference: fc.Arbitrary<Interference> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('nothing' as const) },
  { weight: 3, arbitrary: nodes.map((count) => ({ nodes: count })) },
  fc.constantFrom<Interference>('deletes the template', 'terminates the job'),
);
const commands = fc.commands(
  [
    fc
      .tuple(anyCall, fc.constantFrom(undefined, false, 'true', 1), interference)
      .map((args) => unconfirmed(...args)),
    fc
      .tuple(anyCall, fc.constant(undefined), fc.constant('nothing' as const))
      .map((args) => unconfirmed(...args)),
    fc
      .tuple(
        anyCall,
        fc.oneof(
          { weight: 4, arbitrary: fc.constant('own' as const) },
          fc.constantFrom('of another call' as const, 'invented' as const, 'none' as const),
        ),
        interference,
      )
      .map((args) => byCode(...args)),
    fc
      .tuple(
        anyCall,
        fc.oneof({ weight: 3, arbitrary: fc.constant('confirms' as const) }, fc.constantFrom(...reactions)),
        fc.oneof(
          { weight: 3, arbitrary: fc.constant('own' as const) },
          fc.constantFrom('forged' as const, 'used' as const),
        ),
        interference,
        interference,
      )
      .map((args) => byForm(...args)),
    interference.map(otherActs),
  ],
  { maxCommands: 20, size: 'max' },
);

/** Runs one sequence with a template and a job that no other sequence uses. */
const runSequence = async (
  policy: ConfirmPolicy,
  client: System['client'],
  sequence: Iterable<Command>,
): Promise<void> => {
  const template = { TaskTemplateName: 'x', TaskTemplateInfo: Job.Tasks[0] };
  const { TaskTemplateId } = await byOther('CreateTaskTemplate', template);
  const { JobId } = await byOther('SubmitJob', { Placement, Job });
  await byOther('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 1 });
  await until(
    () => byOther('DescribeJob', { JobId }),
    ({ JobState }) => JobState === 'RUNNING',
  );
  const model: Model = {
    nodes: await nodeCount(),
    template: 'present',
    job: 'running',
    codes: new Map(),
    refused: new Set(),
  };
  const system = new System(policy, client, model, { TaskTemplateId, JobId });
  try {
    await fc.asyncModelRun(() => ({ model, real: system }), sequence);
  } finally {
    await byOther('TerminateJob', { JobId });
    await byOther('DeleteTaskTemplates', { TaskTemplateIds: [TaskTemplateId] });
    await system.service.close();
  }
};

const count = (nodes: number): Call => ({ target: 'environment', nodes });
const template: Call = { target: 'template' };
const job: Call = { target: 'job' };
const preview = (call: Call): Command => unconfirmed(call, undefined, 'nothing');

interface FixedSequence {
  readonly policy: ConfirmPolicy;
  readonly client: System['client'];
  readonly sequence: readonly Command[];
  readonly sent: number;
  readonly stopped: number;
}

test.each<readonly [string, FixedSequence]>([
  [
    'codes confirm the calls they were shown for',
    {
      policy: 'flag',
      client: 'cannot ask',
      sequence: [count(0), template, job].flatMap((call) => [preview(call), byCode(call, 'own', 'nothing')]),
      sent: 3,
      stopped: 0,
    },
  ],
  [
    'codes do not confirm a state that another client changed before the permit',
    {
      policy: 'auto',
      client: 'cannot ask',
      sequence: [
        preview(count(0)),
        byCode(count(0), 'own', { nodes: 2 }),
        preview(template),
        byCode(template, 'own', 'deletes the template'),
        preview(job),
        byCode(job, 'own', 'terminates the job'),
      ],
      sent: 0,
      stopped: 3,
    },
  ],
  ...(['inline', 'multi-round'] as const).map((client): readonly [string, FixedSequence] => [
    `forms confirm the state they show, and no other (${client})`,
    {
      policy: 'ask',
      client,
      sequence: [
        byForm(count(0), 'confirms', 'own', { nodes: 2 }, 'nothing'),
        byForm(count(0), 'confirms', 'own', 'nothing', { nodes: 1 }),
        byForm(count(0), 'confirms', 'own', 'nothing', 'nothing'),
        byForm(template, 'confirms', 'own', 'nothing', 'deletes the template'),
        byForm(job, 'confirms', 'used', 'nothing', 'nothing'),
      ],
      sent: 2,
      stopped: 3,
    },
  ]),
  ...(['inline', 'multi-round'] as const).map((client): readonly [string, FixedSequence] => [
    `a form that is cancelled stops the call, also where it would only grow the environment by then (${client})`,
    {
      policy: 'auto',
      client,
      sequence: [
        otherActs({ nodes: 2 }),
        byForm(count(2), 'cancels', 'own', { nodes: 0 }, 'nothing'),
        otherActs({ nodes: 2 }),
        byForm(count(2), 'confirms', 'own', 'nothing', 'nothing'),
      ],
      sent: 0,
      stopped: 0,
    },
  ]),
])('in a fixed sequence, %s', async (_, { policy, client, sequence, sent, stopped }) => {
  const before = { sentInAll, stoppedAtPermit };
  await runSequence(policy, client, sequence);
  // These figures are also the proof that the commands of the random sequences reach both outcomes.
  expect(sentInAll - before.sentInAll).toBe(sent);
  expect(stoppedAtPermit - before.stoppedAtPermit).toBe(stopped);
});

// The engine goes on between sequences, so a failure is repeated with the seed and path that fast-check prints.
test('over any sequence of calls and of changes by another client, the gate sends nothing destructive without a confirmation of the state it is sent to', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<ConfirmPolicy>('auto', 'ask', 'flag', 'none'),
      fc.constantFrom('cannot ask' as const, 'inline' as const, 'multi-round' as const),
      commands,
      runSequence,
    ),
    // A smaller sequence meets another state of the engine, so shrinking would only mislead. The error in the report:
    // a JSON report holds no causes.
    { numRuns: 40, endOnFailure: true, includeErrorInReport: true },
  );
  // Usually 8 s; it has taken 71 s on two cores with a load of 16.
}, 300_000);
