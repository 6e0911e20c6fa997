import { expect, test } from 'vitest';
import type { ElicitationResult, Elicitor } from '../../../src/mcp/contract/caller.ts';
import type { ConfirmPolicy } from '../../../src/mcp/contract/decision.ts';
import type { Fields, Inspection, ToolContext } from '../../../src/mcp/contract/tool.ts';
import { TargetChangedError } from '../../../src/mcp/gate/before-send.ts';
import { digestOf } from '../../../src/mcp/gate/digest.ts';
import { createGate, type Gate, type GateRequest } from '../../../src/mcp/gate/gate.ts';

const callTarget = { endpoint: 'http://x', profile: '', credential: 'AKID', region: 'ap-guangzhou' };
const context: ToolContext = {
  region: 'ap-guangzhou',
  signal: new AbortController().signal,
  detail: 'concise',
  now: () => 0,
  call: () => Promise.reject(new Error('A gate calls nothing by itself.')),
  progress: () => undefined,
};
const target: Inspection = {
  target: 'job-1a2b3c4d',
  confirmationText: 'job-1a2b3c4d',
  state: { CreateTime: 'then', JobState: 'RUNNING', NextAction: '' },
  impact: { running: 2 },
  consequences: async () => ['Two would be killed.'],
  undo: 'No.',
};

/** A gate with a manual clock and a target that the test changes. */
const setUp = (policy: ConfirmPolicy = 'auto') => {
  const world = { now: 0, target, counter: 0 };
  const gate: Gate = createGate({
    policy,
    now: () => world.now,
    random: (bytes) => {
      world.counter += 1;
      return new Uint8Array(bytes).fill(world.counter);
    },
  });
  const decide = async (
    more: Partial<Pick<GateRequest, 'confirm' | 'previewCode' | 'tool'>> & {
      readonly fields?: Fields;
      readonly asker?: Elicitor;
    },
  ) => {
    const {
      asker,
      fields = { JobId: 'job-1a2b3c4d' },
      tool = 'TerminateJob',
      confirm = false,
      previewCode,
    } = more;
    const request: GateRequest = {
      tool,
      gate: { warning: 'It ends.', isNeeded: async () => true, inspect: async () => world.target },
      fields,
      confirm,
      previewCode,
      digest: digestOf(tool, callTarget, fields),
      context,
      contextWith: () => context,
      caller: { name: 'test', signal: context.signal, ...(asker && { elicitor: asker }) },
      saveUndo: async () => undefined,
    };
    const decision = await gate.authorize(request);
    if (decision.outcome !== 'go') return decision;
    try {
      // As the API client does when it holds the rate limit permit.
      await decision.beforeSend?.({ requestNumber: 1, mayHaveExecuted: false, signal: context.signal });
      return decision;
    } catch (error) {
      if (error instanceof TargetChangedError) return gate.showChanged(request, error);
      throw error;
    }
  };
  const codeOf = async (fields?: Fields): Promise<string> => {
    const decision = await decide(fields ? { fields } : {});
    if (decision.outcome !== 'stop') throw new Error(decision.outcome);
    return (decision.answer.fields.preview as { code: string }).code;
  };
  return { world, decide, codeOf };
};
const direct = (answer: ElicitationResult): Elicitor => ({ kind: 'inline', elicit: async () => answer });

test('a preview code is valid once', async () => {
  const { decide, codeOf } = setUp();
  const code = await codeOf();
  expect((await decide({ confirm: true, previewCode: code })).reason).toBe('preview_code');
  expect((await decide({ confirm: true, previewCode: code })).reason).toBe('preview');
});

test('of two concurrent calls with the same preview code only one is approved', async () => {
  const { decide, codeOf } = setUp();
  const code = await codeOf();
  const decisions = await Promise.all([
    decide({ confirm: true, previewCode: code }),
    decide({ confirm: true, previewCode: code }),
  ]);
  expect(decisions.map(({ outcome }) => outcome).sort()).toEqual(['go', 'stop']);
});

test('declining one of two identical concurrent calls also blocks the other', async () => {
  const { decide } = setUp();
  let sayYes: (answer: ElicitationResult) => void = () => undefined;
  const undecided: Elicitor = {
    kind: 'inline',
    elicit: () =>
      new Promise((resolve) => {
        sayYes = resolve;
      }),
  };
  const first = decide({ confirm: true, asker: undecided });
  const second = await decide({ confirm: true, asker: direct({ action: 'decline' }) });
  sayYes({ action: 'accept', typedText: 'job-1a2b3c4d' });
  expect([second.reason, (await first).reason]).toEqual(['declined', 'blocked']);
});

test('a preview code expires after ten minutes', async () => {
  const { world, decide, codeOf } = setUp();
  const young = await codeOf();
  world.now = 599_999;
  expect((await decide({ confirm: true, previewCode: young })).outcome).toBe('go');
  const old = await codeOf();
  world.now += 600_000;
  expect((await decide({ confirm: true, previewCode: old })).outcome).toBe('stop');
});

test('a preview code is consumed by a call with other arguments', async () => {
  const { decide, codeOf } = setUp();
  const code = await codeOf();
  expect(
    (await decide({ confirm: true, previewCode: code, fields: { JobId: 'job-00000000' } })).outcome,
  ).toBe('stop');
  expect((await decide({ confirm: true, previewCode: code })).outcome).toBe('stop');
});

test('a preview code without confirm returns a new preview', async () => {
  const { decide, codeOf } = setUp();
  expect((await decide({ previewCode: await codeOf() })).reason).toBe('preview');
});

test.each<readonly [string, Partial<Inspection>, string]>([
  ['another state', { state: { ...target.state, JobState: 'SUCCEED' } }, 'target_changed'],
  ['another creation time', { state: { ...target.state, CreateTime: 'now' } }, 'target_changed'],
  ['greater impact', { impact: { running: 3 } }, 'target_changed'],
  ['a new kind of impact', { impact: { running: 2, nodes: 1 } }, 'target_changed'],
  [
    'the same phase (STARTING instead of RUNNING)',
    { state: { ...target.state, JobState: 'STARTING' } },
    'preview_code',
  ],
  [
    'nothing left to do',
    { state: { ...target.state, JobState: 'FAILED' }, nothingToDo: 'It has ended.' },
    'nothing_to_do',
  ],
  ['less impact', { impact: { running: 1 } }, 'preview_code'],
])('a target with %s since the preview: %s', async (_, change, reason) => {
  const { world, decide, codeOf } = setUp();
  const code = await codeOf();
  world.target = { ...target, ...change };
  expect((await decide({ confirm: true, previewCode: code })).reason).toBe(reason);
});

test('a target whose impact increases while the user confirms is previewed again', async () => {
  const { world, decide } = setUp();
  const asker: Elicitor = {
    kind: 'inline',
    elicit: async ({ confirmationText: typed }) => {
      world.target = { ...target, impact: { running: 9 } };
      return { action: 'accept', typedText: typed };
    },
  };
  expect((await decide({ confirm: true, asker })).reason).toBe('target_changed');
});

test('declining blocks the same call for ten minutes in every form, and no other call', async () => {
  const { world, decide, codeOf } = setUp();
  const code = await codeOf();
  expect((await decide({ confirm: true, asker: direct({ action: 'decline' }) })).reason).toBe('declined');
  expect((await decide({ confirm: true, previewCode: code })).reason).toBe('blocked');
  expect((await decide({})).reason).toBe('blocked');
  expect((await decide({ fields: { JobId: 'job-00000000' } })).reason).toBe('preview');
  world.now = 600_000;
  expect((await decide({})).reason).toBe('preview');
});

test('the order of ids and repeated ids do not make a different call', async () => {
  const { decide, codeOf } = setUp();
  const code = await codeOf({ TaskTemplateIds: ['b', 'a', 'b'] });
  const decision = await decide({
    confirm: true,
    previewCode: code,
    fields: { TaskTemplateIds: ['a', 'b'] },
  });
  // The call that was previewed is sent unchanged.
  expect(decision).toMatchObject({ outcome: 'go', fields: { TaskTemplateIds: ['b', 'a', 'b'] } });
});

test.each([
  ['endpoint', { endpoint: 'http://y' }],
  ['profile', { profile: 'other' }],
  ['credential', { credential: 'AKIDother' }],
  ['region', { region: 'ap-tokyo' }],
])('an approval is bound to the %s', (_, change) => {
  const args = { JobId: 'job-1a2b3c4d' };
  expect(digestOf('TerminateJob', { ...callTarget, ...change }, args)).not.toBe(
    digestOf('TerminateJob', callTarget, args),
  );
});

test('a rejection instructs the model to stop and ask the user', async () => {
  const { decide } = setUp('ask');
  const decision = await decide({ confirm: true });
  expect(decision).toMatchObject({
    reason: 'cannot_ask',
    answer: {
      isError: true,
      next: [expect.stringContaining('Do not try another way'), expect.stringContaining('--confirm flag')],
    },
  });
});
