/**
 * Lists of calls behind one confirmation, under random sequences of previews, confirmations and changes by another
 * client. A small model holds what was shown under which code; what passes the last check before a request is the
 * witness, and the engine's log of requests shows that nothing else was sent.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actions, isActionName } from '../../src/catalogue/index.ts';
import type { Caller, ElicitationResult } from '../../src/mcp/contract/caller.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from './harness.ts';
import { tableRowsOf } from './table-rows.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let other: ToolService;
beforeAll(async () => {
  engine = await startTestEngine();
  other = toolboxOver(engine, ['--confirm', 'none']);
});
afterAll(async () => {
  await other.close();
  await engine.stop();
});

const plain: Caller = { name: 'test', signal: new AbortController().signal };
const fieldsBy = async (
  service: ToolService,
  tool: string,
  args: Fields,
  caller = plain,
): Promise<Fields> => {
  const outcome = await service.call(tool, args, caller);
  if (outcome.kind === 'ask') throw new Error('This client is asked inline.');
  return outcome.answer.structuredContent;
};
const isChange = (action: string): boolean => isActionName(action) && actions[action].effect !== 'read';

/** Changing requests of the other client; the rest of the engine's log is that of the service under test. */
let othersChanges = 0;
const byOther = async (tool: string, args: Fields): Promise<Fields> => {
  const from = engine.requests.length;
  const fields = await fieldsBy(other, tool, args);
  othersChanges += engine.requests.slice(from).filter(({ action }) => isChange(action)).length;
  return fields;
};

type Kind = 'job' | 'template';
const kinds = {
  job: { action: 'TerminateJob', noun: 'job' },
  template: { action: 'DeleteTaskTemplates', noun: 'template' },
} as const;
const perKind = 3;

/** Positions of targets; 9 is one that does not exist. */
interface List {
  readonly kind: Kind;
  readonly targets: readonly number[];
}

/** Ends a target at a moment of the call under test. */
interface Interference {
  readonly kind: Kind;
  readonly target: number;
  /** While the form is open, or when the call with this number waits for its permit. */
  readonly at: 'form' | number;
}

type Step =
  | { readonly do: 'preview'; readonly list: List }
  | { readonly do: 'other ends'; readonly kind: Kind; readonly target: number }
  | {
      readonly do: 'confirm';
      readonly list: List;
      /** `own`: the newest code, with the list that it was shown for. */
      readonly code: 'own' | 'of another list' | 'invented' | 'none';
      readonly meanwhile?: Interference | undefined;
    }
  | {
      readonly do: 'form';
      readonly list: List;
      readonly types: 'count and kind' | 'another count' | 'an id' | 'nothing';
      readonly meanwhile?: Interference | undefined;
    };

/** State of a run: what exists, and what was shown under which code. */
interface Model {
  readonly ids: Readonly<Record<Kind, readonly string[]>>;
  readonly ended: Set<string>;
  /** Code → the list it is for, and the targets that were alive then. */
  readonly codes: Map<string, { readonly list: List; readonly alive: readonly string[] }>;
  readonly refused: Set<string>;
}

const unknownIds: Readonly<Record<Kind, string>> = { job: 'job-zzzzzzzz', template: 'task-tmpl-zzzzzzzz' };
const idOf = ({ ids }: Model, kind: Kind, target: number): string => ids[kind][target] ?? unknownIds[kind];
/** Ids of a list, each once, in its order. */
const idsOf = (model: Model, { kind, targets }: List): string[] => [
  ...new Set(targets.map((target) => idOf(model, kind, target))),
];
const isAlive = (model: Model, id: string): boolean =>
  !model.ended.has(id) && [...model.ids.job, ...model.ids.template].includes(id);
/** Equal for lists of the same targets, in whatever order. */
const keyOf = (model: Model, list: List): string => [list.kind, ...idsOf(model, list).sort()].join();
const argumentsOf = (model: Model, list: List): Fields => ({
  action: kinds[list.kind].action,
  targets: list.targets.map((target) => idOf(model, list.kind, target)),
});

const end = async (model: Model, { kind, target }: Pick<Interference, 'kind' | 'target'>): Promise<void> => {
  const id = idOf(model, kind, target);
  if (!isAlive(model, id)) return;
  if (kind === 'job') await byOther('TerminateJob', { JobId: id });
  else await byOther('DeleteTaskTemplates', { TaskTemplateIds: [id] });
  model.ended.add(id);
};

/** The service under test. */
const startSystem = (policy: 'auto' | 'flag', model: Model) => {
  /** What passed the last check, in order: `TerminateJob job-…`. */
  const sent: string[] = [];
  let waiting = 0;
  const system = {
    sent,
    meanwhile: undefined as Interference | undefined,
    begin: (meanwhile: Interference | undefined) => {
      sent.length = 0;
      waiting = 0;
      system.meanwhile = meanwhile;
    },
    service: toolboxOver(engine, ['--confirm', policy], (client) => ({
      ...client,
      call: async (action, input, options = {}) => {
        if (!isChange(action)) return client.call(action, input, options);
        if (system.meanwhile?.at === waiting) await end(model, system.meanwhile);
        waiting += 1;
        const { JobId, TaskTemplateIds } = input as { JobId?: string; TaskTemplateIds?: string[] };
        return client.call(action, input, {
          ...options,
          beforeSend: async (request) => {
            const verdict = (await options.beforeSend?.(request)) ?? 'send';
            if (verdict === 'send') sent.push(`${action} ${JobId ?? TaskTemplateIds?.join()}`);
            return verdict;
          },
        });
      },
    })),
  };
  return system;
};
type System = ReturnType<typeof startSystem>;

let sentInAll = 0;
let leftOutInAll = 0;

/**
 * Calls, and compares what was sent with what the model predicts.
 * @param confirmedFor the targets that were alive when the user saw them; undefined: the call is not confirmed
 */
const check = async (
  model: Model,
  system: System,
  list: List,
  run: () => Promise<Fields>,
  confirmedFor: () => readonly string[] | undefined,
): Promise<Fields> => {
  const action = kinds[list.kind].action;
  const { meanwhile } = system;
  const before = { log: engine.requests.length, others: othersChanges };
  const aliveBefore = new Set(idsOf(model, list).filter((id) => isAlive(model, id)));
  const fields = await run();
  const shown = confirmedFor();
  // A target that another client ends before its own request is left out; after it, nothing is left to end.
  const endedEarly = (id: string, ordinal: number): boolean =>
    meanwhile !== undefined &&
    idOf(model, meanwhile.kind, meanwhile.target) === id &&
    (meanwhile.at === 'form' || meanwhile.at <= ordinal);
  const expected = (shown ?? [])
    .map((id, ordinal) => ({ id, ordinal }))
    .filter(({ id, ordinal }) => aliveBefore.has(id) && !endedEarly(id, ordinal))
    .map(({ id }) => id);
  expect(system.sent).toEqual(expected.map((id) => `${action} ${id}`));
  const changes = engine.requests.slice(before.log).filter((request) => isChange(request.action)).length;
  expect(changes - (othersChanges - before.others)).toBe(expected.length);
  for (const id of expected) model.ended.add(id);
  sentInAll += expected.length;
  if (shown !== undefined) {
    // Every target is named, with what came of it.
    const results = tableRowsOf(fields.results);
    expect(results.map(({ target }) => target).sort()).toEqual(idsOf(model, list).sort());
    for (const { target, result, note } of results) {
      expect(result, String(target)).toBe(expected.includes(String(target)) ? 'done' : 'left out');
      if (result === 'left out') {
        expect(note).toEqual(expect.any(String));
        leftOutInAll += 1;
      }
    }
  }
  const { preview } = fields as { preview?: { code?: string; targets: string[] } };
  if (preview?.code !== undefined) {
    const alive = idsOf(model, list).filter((id) => isAlive(model, id));
    model.codes.set(preview.code, { list, alive });
    for (const id of idsOf(model, list)) expect(preview.targets.join('\n')).toContain(id);
  }
  return fields;
};

const nothing = () => undefined;

const perform = async (step: Step, model: Model, system: System, policy: string): Promise<void> => {
  switch (step.do) {
    case 'other ends':
      return end(model, step);
    case 'preview': {
      system.begin(undefined);
      const { service } = system;
      await check(
        model,
        system,
        step.list,
        () => fieldsBy(service, 'EndMany', argumentsOf(model, step.list)),
        nothing,
      );
      return;
    }
    case 'confirm': {
      const [newest] = [...model.codes].reverse();
      const list = step.code === 'own' && newest ? newest[1].list : step.list;
      const code = {
        own: newest?.[0],
        'of another list': [...model.codes].find(
          ([, shown]) => keyOf(model, shown.list) !== keyOf(model, list),
        )?.[0],
        invented: 'zzzzzzzzzzzzzzzzzzzzzzzzz',
        none: undefined,
      }[step.code];
      if (step.meanwhile?.at === 'form') return;
      const known = code === undefined ? undefined : model.codes.get(code);
      // A refusal of the list stands whatever the code, which is then not used up.
      const isRefused = model.refused.has(keyOf(model, list));
      if (code !== undefined && !isRefused) model.codes.delete(code);
      const isOwn = known !== undefined && !isRefused && keyOf(model, known.list) === keyOf(model, list);
      const args = {
        ...argumentsOf(model, list),
        confirm: true,
        ...(code !== undefined && { preview: code }),
      };
      system.begin(step.meanwhile);
      await check(
        model,
        system,
        list,
        () => fieldsBy(system.service, 'EndMany', args),
        () => (isOwn ? known.alive : undefined),
      );
      return;
    }
    case 'form': {
      if (policy !== 'auto') return;
      const wasRefused = model.refused.has(keyOf(model, step.list));
      let shown: readonly string[] | undefined;
      const elicit = async ({
        confirmationText,
      }: {
        readonly confirmationText: string;
      }): Promise<ElicitationResult> => {
        shown = idsOf(model, step.list).filter((id) => isAlive(model, id));
        const { noun } = kinds[step.list.kind];
        expect(confirmationText).toBe(`${shown.length} ${noun}${shown.length === 1 ? '' : 's'}`);
        if (step.meanwhile?.at === 'form') await end(model, step.meanwhile);
        const typed = {
          'count and kind': confirmationText,
          'another count': `${shown.length + 1} ${noun}s`,
          'an id': shown[0],
          nothing: undefined,
        }[step.types];
        return { action: 'accept', typedText: typed };
      };
      system.begin(step.meanwhile);
      const caller: Caller = { ...plain, elicitor: { kind: 'inline', elicit } };
      const args = { ...argumentsOf(model, step.list), confirm: true };
      await check(
        model,
        system,
        step.list,
        () => fieldsBy(system.service, 'EndMany', args, caller),
        () => (step.types === 'count and kind' && !wasRefused ? shown : undefined),
      );
      if (shown !== undefined && step.types !== 'count and kind') model.refused.add(keyOf(model, step.list));
      return;
    }
    default:
      return step satisfies never;
  }
};

const kind = fc.constantFrom<Kind>('job', 'template');
const target = fc.nat(perKind - 1);
const list: fc.Arbitrary<List> = fc.record({
  kind,
  targets: fc.array(fc.oneof({ weight: 6, arbitrary: target }, fc.constant(9)), {
    minLength: 1,
    maxLength: 5,
  }),
});
const meanwhile = fc.option(
  fc.record({ kind, target, at: fc.oneof(fc.constant('form' as const), fc.nat(2)) }),
  { nil: undefined },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('preview' as const), list }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('confirm' as const),
      list,
      code: fc.oneof(
        { weight: 3, arbitrary: fc.constant('own' as const) },
        fc.constantFrom('of another list' as const, 'invented' as const, 'none' as const),
      ),
      meanwhile,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('form' as const),
      list,
      types: fc.oneof(
        { weight: 3, arbitrary: fc.constant('count and kind' as const) },
        fc.constantFrom('another count' as const, 'an id' as const, 'nothing' as const),
      ),
      meanwhile,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other ends' as const), kind, target }) },
);

test('over any sequence of previews, confirmations and changes by another client, a list of calls sends exactly the targets that were shown and have not changed, and names every other one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('auto' as const, 'flag' as const),
      fc.array(step, { minLength: 4, maxLength: 14, size: 'max' }),
      async (policy, steps) => {
        const jobs: string[] = [];
        const templates: string[] = [];
        const [task] = (jobOf('true').Job as { Tasks: Fields[] }).Tasks;
        for (let index = 0; index < perKind; index++) {
          jobs.push(String((await byOther('SubmitJob', jobOf('sleep 300'))).JobId));
          const template = { TaskTemplateName: 'x', TaskTemplateInfo: task };
          templates.push(String((await byOther('CreateTaskTemplate', template)).TaskTemplateId));
        }
        for (const JobId of jobs) {
          await until(
            () => byOther('DescribeJob', { JobId }),
            ({ JobState }) => JobState === 'RUNNING',
          );
        }
        const model: Model = {
          ids: { job: jobs, template: templates },
          ended: new Set(),
          codes: new Map(),
          refused: new Set(),
        };
        const system = startSystem(policy, model);
        try {
          for (const one of steps) await perform(one, model, system, policy);
        } finally {
          for (const [index] of jobs.entries()) {
            await end(model, { kind: 'job', target: index });
            await end(model, { kind: 'template', target: index });
          }
          await system.service.close();
        }
      },
    ),
    // A smaller sequence meets another state of the engine, so shrinking would only mislead.
    { numRuns: 25, endOnFailure: true },
  );
  // A gate that never opens, or one that never inspects again, would not reach these.
  expect(sentInAll).toBeGreaterThan(10);
  expect(leftOutInAll).toBeGreaterThan(5);
});
