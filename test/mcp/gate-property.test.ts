import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller, ElicitationResult, Elicitor } from '../../src/mcp/contract/caller.ts';
import type { ConfirmPolicy } from '../../src/mcp/contract/decision.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver } from './harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

const destructive = [
  'TerminateJob',
  'DeleteJob',
  'TerminateTaskInstance',
  'DeleteTaskTemplates',
  'ModifyComputeEnv',
];
const destroyed = (from: number) =>
  engine.requests
    .slice(from)
    .filter(({ action }) => destructive.includes(action))
    .map(({ action }) => action);

/** How the user, or a client that answers in place of one, responds to a confirmation form. */
type Reaction =
  | 'right id'
  | 'spaces around'
  | 'wrong id'
  | 'empty'
  | 'number'
  | 'decline'
  | 'cancel'
  | 'fails'
  | 'never';
const answerOf = (reaction: Reaction, typed: string): ElicitationResult => {
  switch (reaction) {
    case 'right id':
      return { action: 'accept', id: typed };
    case 'spaces around':
      return { action: 'accept', id: ` ${typed}\n` };
    case 'wrong id':
      return { action: 'accept', id: 'yes' };
    case 'empty':
      return { action: 'accept', id: undefined };
    case 'number':
      return { action: 'accept', id: 1 };
    case 'decline':
    case 'cancel':
      return { action: reaction };
    case 'fails':
    case 'never':
      return { action: 'failed', cause: 'error', message: reaction };
    default:
      return reaction satisfies never;
  }
};
const saysYes = (reaction: Reaction): boolean => reaction === 'right id' || reaction === 'spaces around';

interface Step {
  /** Which of the calls below. */
  readonly call: number;
  readonly confirm: unknown;
  readonly code: 'none' | 'own' | 'of another call' | 'used' | 'invented';
  readonly reaction: Reaction;
  readonly state: 'own' | 'of another call' | 'used' | 'forged' | 'cut';
}

const step: fc.Arbitrary<Step> = fc.record({
  call: fc.nat(7),
  confirm: fc.oneof(
    { weight: 5, arbitrary: fc.constant(true) },
    fc.constantFrom(undefined, false, 'true', 1, null),
  ),
  code: fc.oneof(
    { weight: 3, arbitrary: fc.constant('own' as const) },
    { weight: 2, arbitrary: fc.constant('of another call' as const) },
    fc.constantFrom('none' as const, 'used' as const, 'invented' as const),
  ),
  reaction: fc.oneof(
    { weight: 3, arbitrary: fc.constant('right id' as const) },
    fc.constantFrom<Reaction>(
      'spaces around',
      'wrong id',
      'empty',
      'number',
      'decline',
      'cancel',
      'fails',
      'never',
    ),
  ),
  state: fc.oneof(
    { weight: 4, arbitrary: fc.constant('own' as const) },
    fc.constantFrom('of another call' as const, 'used' as const, 'forged' as const, 'cut' as const),
  ),
});

const fieldsOf = async (
  toolbox: ToolService,
  tool: string,
  args: Fields,
  caller: Caller,
): Promise<Fields> => {
  const outcome = await toolbox.call(tool, args, caller);
  return outcome.kind === 'answer' ? outcome.answer.structuredContent : {};
};

/** An environment that wants one node, made once: an account may have only ten. */
const environmentOf = async (setUp: ToolService, caller: Caller): Promise<string> => {
  const { EnvId } = await fieldsOf(
    setUp,
    'CreateComputeEnv',
    {
      Placement: { Zone: 'ap-guangzhou-1' },
      ComputeEnv: {
        EnvName: 'x',
        DesiredComputeNodeCount: 1,
        EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' },
      },
    },
    caller,
  );
  return String(EnvId);
};

/** Resources to destroy, and the calls that destroy them. */
const prepare = async (
  setUp: ToolService,
  caller: Caller,
  EnvId: string,
): Promise<readonly (readonly [string, Fields])[]> => {
  const made = async (tool: string, args: Fields, id: string): Promise<string> => {
    const fields = await fieldsOf(setUp, tool, args, caller);
    if (typeof fields[id] !== 'string') throw new Error(JSON.stringify(fields));
    return fields[id];
  };
  const [task] = (jobOf('true').Job as unknown as { Tasks: Fields[] }).Tasks;
  const template = () =>
    made('CreateTaskTemplate', { TaskTemplateName: 'x', TaskTemplateInfo: task }, 'TaskTemplateId');
  const templates = await Promise.all([template(), template(), template()]);
  const JobId = await made('SubmitJob', jobOf('sleep 300'), 'JobId');
  return [
    ['DeleteTaskTemplates', { TaskTemplateIds: [templates[0]] }],
    ['DeleteTaskTemplates', { TaskTemplateIds: JSON.stringify([templates[1]]) }],
    ['DeleteTaskTemplates', { TaskTemplateIds: [templates[1], templates[2], templates[1]] }],
    ['TerminateJob', { JobId }],
    ['TerminateTaskInstance', { JobId, TaskName: 'work', TaskInstanceIndex: 0 }],
    ['DeleteJob', { JobId }],
    ['ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 0 }],
    ['TerminateJob', { JobId: 'job-00000000' }],
  ];
};

test('over any sequence of calls, nothing destructive reaches the service without the consent its policy demands', async () => {
  const signal = new AbortController().signal;
  const plain: Caller = { name: 'test', signal };
  const setUp = toolboxOver(engine, ['--confirm', 'none']);
  const EnvId = await environmentOf(setUp, plain);
  let sentInAll = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<ConfirmPolicy>('auto', 'ask', 'flag', 'none'),
      fc.constantFrom('cannot ask', 'inline', 'multi-round'),
      fc.array(step, { minLength: 1, maxLength: 12 }),
      async (policy, client, steps) => {
        const toolbox = toolboxOver(engine, ['--confirm', policy]);
        const calls = await prepare(setUp, plain, EnvId);
        await setUp.call('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 1 }, plain);
        const codes = new Map<number, string>();
        const usedCodes: string[] = [];
        const usedStates: string[] = [];
        /** Calls that a person has refused: nothing the model says changes it. */
        const refused = new Set<number>();
        const states = new Map<number, string>();
        try {
          for (const [index, [tool, args]] of calls.entries()) {
            if (policy === 'none') break;
            const { preview } = (await fieldsOf(toolbox, tool, args, plain)) as {
              preview?: { code?: string };
            };
            if (preview?.code !== undefined) codes.set(index, preview.code);
          }
          for (const { call, confirm, code, reaction, state } of steps) {
            const [tool, args] = calls[call] ?? ['', {}];
            const others = [...codes]
              .filter(([index]) => index !== call)
              // A code of the same tool for other arguments is the one that could be mistaken.
              .sort(([one], [other]) => Number(calls[other]?.[0] === tool) - Number(calls[one]?.[0] === tool))
              .map(([, value]) => value);
            const given = {
              none: undefined,
              own: codes.get(call),
              'of another call': others[0],
              used: usedCodes.at(-1),
              invented: 'AAAAAAAAAAAAAAAAAAAAAA',
            }[code];
            const sentArgs = {
              ...args,
              ...(confirm !== undefined && { confirm }),
              ...(given !== undefined && { preview: given }),
            };
            const { DesiredComputeNodeCount: nodes } = await fieldsOf(
              setUp,
              'DescribeComputeEnv',
              { EnvId },
              plain,
            );
            const from = engine.requests.length;
            let wasAsked = false;
            const asker: Elicitor | undefined =
              client === 'inline'
                ? {
                    kind: 'inline',
                    elicit: async ({ confirmationText: typed }) => {
                      wasAsked = true;
                      return answerOf(reaction, typed);
                    },
                  }
                : client === 'multi-round'
                  ? { kind: 'multi-round' }
                  : undefined;
            let outcome = await toolbox.call(tool, sentArgs, { ...plain, ...(asker && { elicitor: asker }) });
            let isOwnState = false;
            if (outcome.kind === 'ask') {
              expect(destroyed(from), 'a question alone must send nothing').toEqual([]);
              const own = outcome.state;
              const sentState = {
                own,
                'of another call': [...states].find(([index]) => index !== call)?.[1] ?? 'none',
                used: usedStates.at(-1) ?? 'none',
                forged: `${own.split('.')[0]}.${'A'.repeat(43)}`,
                cut: own.slice(0, -1),
              }[state];
              states.set(call, own);
              if (state === 'own') usedStates.push(own);
              isOwnState = state === 'own';
              wasAsked = true;
              outcome = await toolbox.call(tool, sentArgs, {
                ...plain,
                elicitor: {
                  kind: 'multi-round',
                  reply: { state: sentState, result: answerOf(reaction, outcome.confirmationText) },
                },
              });
            }
            const sent = destroyed(from);
            const personAgreed =
              confirm === true &&
              !refused.has(call) &&
              wasAsked &&
              saysYes(reaction) &&
              (client === 'inline' || isOwnState);
            const codeAgreed =
              confirm === true && code === 'own' && given !== undefined && !usedCodes.includes(given);
            const canAsk = client !== 'cannot ask';
            const consent =
              policy === 'none' ||
              // With no node left there is none to lose.
              (tool === 'ModifyComputeEnv' && nodes === 0) ||
              (policy === 'ask' && personAgreed) ||
              (policy === 'flag' && codeAgreed) ||
              (policy === 'auto' && (canAsk ? personAgreed : codeAgreed));
            if (wasAsked && !saysYes(reaction) && (client === 'inline' || isOwnState)) refused.add(call);
            if (!consent)
              expect(sent, `${policy}, ${client}, ${tool} ${JSON.stringify(sentArgs)}`).toEqual([]);
            else expect([[], [tool]]).toContainEqual(sent);
            if (given !== undefined && confirm === true && !canAsk) usedCodes.push(given);
            if (given !== undefined && confirm === true && policy === 'flag') usedCodes.push(given);
            if (outcome.kind === 'answer') {
              const { preview } = outcome.answer.structuredContent as { preview?: { code?: string } };
              if (preview?.code !== undefined) codes.set(call, preview.code);
            }
            sentInAll += sent.length;
          }
        } finally {
          for (const [tool, args] of calls) await setUp.call(tool, args, plain);
          await toolbox.close();
        }
      },
    ),
    // A smaller sequence meets another state of the engine, so shrinking would only mislead.
    { numRuns: 40, endOnFailure: true },
  );
  await setUp.close();
  // The property would hold for a gate that never opens; this one does.
  expect(sentInAll).toBeGreaterThan(10);
}, 120_000);
