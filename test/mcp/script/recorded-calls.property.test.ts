/**
 * Lists of calls under random selections, codes and changes by another client: nothing is sent that was not in the
 * preview, and a target that changed in between is left out and named. The calls that reach the API client are the witness.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actions } from '../../../src/catalogue/index.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from '../harness.ts';
import { tableRowsOf } from '../table-rows.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let other: ToolService;
let service: ToolService;
/** Changing calls of the service under test. */
const sent: { readonly action: string; readonly input: unknown }[] = [];
beforeAll(async () => {
  engine = await startTestEngine();
  other = toolboxOver(engine, ['--confirm', 'none']);
  service = toolboxOver(engine, ['--confirm', 'flag'], (client) => ({
    ...client,
    call: (action, input, options) =>
      client.call(action, input, {
        ...options,
        ...(options?.beforeSend && {
          beforeSend: async (request) => {
            const verdict = (await options.beforeSend?.(request)) ?? 'send';
            if (verdict === 'send' && actions[action].effect !== 'read') sent.push({ action, input });
            return verdict;
          },
        }),
      }),
  }));
});
afterAll(async () => {
  await other.close();
  await service.close();
  await engine.stop();
});

const caller = { name: 'test', signal: new AbortController().signal };
const callOf =
  (by: ToolService) =>
  async (tool: string, args: Fields): Promise<Fields> => {
    const outcome = await by.call(tool, args, caller);
    return outcome.kind === 'answer' ? outcome.answer.structuredContent : {};
  };
const byOther = (tool: string, args: Fields) => callOf(other)(tool, args);
const stateBecomes = (JobId: string, state: string) =>
  until(
    () => byOther('DescribeJob', { JobId }),
    ({ JobState }) => JobState === state,
  );

interface Target {
  readonly isSelected: boolean;
  readonly isEndedMeanwhile: boolean;
}
const targets = fc.array(fc.record({ isSelected: fc.boolean(), isEndedMeanwhile: fc.boolean() }), {
  minLength: 2,
  maxLength: 4,
});
const confirmation = fc.constantFrom('its code', 'no code', 'a wrong code', 'its code twice');
const via = fc.constantFrom<'RunScript' | 'EndMany'>('RunScript', 'EndMany');

const argumentsOf = (tool: 'RunScript' | 'EndMany', ids: readonly string[]): Fields =>
  tool === 'EndMany'
    ? { action: 'TerminateJob', targets: ids }
    : { script: `for (const JobId of ${JSON.stringify(ids)}) await TerminateJob({ JobId, confirm: true })` };

const newJobs = async (count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(String((await byOther('SubmitJob', jobOf('sleep 300'))).JobId));
  }
  for (const id of ids) await stateBecomes(id, 'RUNNING');
  return ids;
};

const check = async (
  tool: 'RunScript' | 'EndMany',
  chosen: readonly Target[],
  how: string,
): Promise<void> => {
  const ids = await newJobs(chosen.length);
  const idsWhere = (holds: (target: Target) => boolean) =>
    ids.filter((_, index) => chosen[index] !== undefined && holds(chosen[index]));
  const selected = idsWhere(({ isSelected }) => isSelected);
  const args = argumentsOf(tool, selected);
  const from = sent.length;
  const { preview } = (await callOf(service)(tool, args)) as {
    readonly preview?: { readonly code?: string };
  };
  expect(sent.length).toBe(from);
  for (const id of ids) expect(JSON.stringify(preview).includes(id)).toBe(selected.includes(id));

  const ended = idsWhere(({ isEndedMeanwhile }) => isEndedMeanwhile);
  for (const JobId of ended) await byOther('TerminateJob', { JobId });
  for (const JobId of ended) await stateBecomes(JobId, 'FAILED');

  const code = how === 'a wrong code' ? 'x'.repeat(25) : preview?.code;
  const confirm = { ...args, confirm: true, ...(how !== 'no code' && { preview: code }) };
  const answer = await callOf(service)(tool, confirm);
  if (how === 'its code twice') await callOf(service)(tool, confirm);
  const sentIds = sent.slice(from).map(({ action, input }) => `${action} ${(input as Fields).JobId}`);
  const due = how.startsWith('its code') ? selected.filter((id) => !ended.includes(id)) : [];
  expect([...sentIds].sort()).toEqual(due.map((id) => `TerminateJob ${id}`).sort());
  if (how.startsWith('its code')) {
    const results = Object.fromEntries(
      tableRowsOf(answer.results).map(({ target, result }) => [String(target), result]),
    );
    for (const id of selected) expect(results[id], id).toBe(ended.includes(id) ? 'left out' : 'done');
  }
  for (const JobId of ids.filter((id) => !ended.includes(id))) await byOther('TerminateJob', { JobId });
};

test('nothing is sent that was not in the preview, and a target that changed is left out and named', async () => {
  await fc.assert(
    fc.asyncProperty(via, targets, confirmation, async (tool, chosen, how) => {
      if (!chosen.some(({ isSelected }) => isSelected)) return;
      await check(tool, chosen, how);
    }),
    {
      numRuns: 12,
      // The two rules of the title, whatever is drawn.
      examples: [
        [
          'RunScript',
          [
            { isSelected: true, isEndedMeanwhile: true },
            { isSelected: true, isEndedMeanwhile: false },
          ],
          'its code',
        ],
        [
          'EndMany',
          [
            { isSelected: true, isEndedMeanwhile: true },
            { isSelected: true, isEndedMeanwhile: false },
          ],
          'its code',
        ],
        [
          'RunScript',
          [
            { isSelected: true, isEndedMeanwhile: false },
            { isSelected: false, isEndedMeanwhile: false },
          ],
          'its code twice',
        ],
      ],
    },
  );
});
