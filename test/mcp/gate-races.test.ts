/** Other clients act between the decision of the gate and the request: the engine's log is the witness. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { actions } from '../../src/catalogue/index.ts';
import type { Caller, Elicitor } from '../../src/mcp/contract/caller.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from './harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let other: ToolService;
let EnvId: unknown;
const caller: Caller = { name: 'test', signal: new AbortController().signal };
const callBy = async (service: ToolService, tool: string, args: Fields, by = caller): Promise<Fields> => {
  const outcome = await service.call(tool, args, by);
  if (outcome.kind === 'ask') throw new Error('This client is asked inline.');
  return outcome.answer.structuredContent;
};
const byOther = (tool: string, args: Fields) => callBy(other, tool, args);
const setNodes = (count: number) => byOther('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: count });
const nodes = async () => (await byOther('DescribeComputeEnv', { EnvId })).DesiredComputeNodeCount ?? 0;

beforeAll(async () => {
  engine = await startTestEngine();
  other = toolboxOver(engine, ['--confirm', 'none']);
  const ComputeEnv = {
    EnvName: 'pool',
    DesiredComputeNodeCount: 1,
    EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' },
  };
  ({ EnvId } = await byOther('CreateComputeEnv', { Placement: { Zone: 'ap-guangzhou-1' }, ComputeEnv }));
});
afterAll(async () => {
  await other.close();
  await engine.stop();
});
beforeEach(() => setNodes(1));

/** A service whose changing calls wait, as for a rate permit, while `act` runs. */
const interrupted = (act: () => Promise<unknown>): ToolService =>
  toolboxOver(engine, [], (client) => ({
    ...client,
    call: async (action, input, options) => {
      if (actions[action].effect !== 'read') await act();
      return client.call(action, input, options);
    },
  }));

const previewCode = async (service: ToolService, tool: string, args: Fields): Promise<unknown> => {
  const { preview, ...rest } = await callBy(service, tool, args);
  if (preview === undefined) throw new Error(JSON.stringify(rest));
  return (preview as { readonly code: string }).code;
};

const newJob = async (): Promise<unknown> => {
  const { JobId } = await byOther('SubmitJob', jobOf('sleep 300'));
  await until(
    () => byOther('DescribeJob', { JobId }),
    ({ JobState }) => JobState === 'RUNNING',
  );
  return JobId;
};
const newTemplate = async (): Promise<unknown> => {
  const [task] = (jobOf('true').Job as unknown as { Tasks: Fields[] }).Tasks;
  const template = { TaskTemplateName: 'x', TaskTemplateInfo: task };
  return (await byOther('CreateTaskTemplate', template)).TaskTemplateId;
};

interface Race {
  readonly tool: string;
  /** Creates the target. @returns the arguments and what another client does meanwhile */
  prepare(): Promise<readonly [Fields, () => Promise<unknown>]>;
  /** What the answer says. */
  readonly summary: RegExp;
}
const modify =
  (count: number, then: number): Race['prepare'] =>
  async () => [{ EnvId, DesiredComputeNodeCount: count }, () => setNodes(then)];

const races: Readonly<Record<string, Race>> = {
  'an equal number of nodes, and the environment grows': {
    tool: 'ModifyComputeEnv',
    prepare: modify(1, 3),
    summary: /^Nothing was sent\. The target has changed since the preview\./,
  },
  'fewer nodes, and the environment grows': {
    tool: 'ModifyComputeEnv',
    prepare: modify(0, 2),
    summary: /^Nothing was sent\. The target has changed since the preview\./,
  },
  'fewer nodes, and the environment shrinks': {
    tool: 'ModifyComputeEnv',
    prepare: async () => {
      await setNodes(3);
      return [{ EnvId, DesiredComputeNodeCount: 1 }, () => setNodes(2)];
    },
    summary: /^Nothing was sent\. The target has changed since the preview\./,
  },
  'a job is terminated by another client': {
    tool: 'TerminateJob',
    prepare: async () => {
      const JobId = await newJob();
      return [{ JobId }, () => byOther('TerminateJob', { JobId })];
    },
    summary:
      /^Nothing was sent\. The target has changed since the preview\. The job (has ended|is already being terminated)/,
  },
  'an instance is terminated by another client': {
    tool: 'TerminateTaskInstance',
    prepare: async () => {
      const JobId = await newJob();
      const args = { JobId, TaskName: 'work', TaskInstanceIndex: 0 };
      const terminate = async () => {
        await byOther('TerminateTaskInstance', args);
        // The instance is RUNNING until its processes have ended.
        await until(
          () => byOther('DescribeJob', { JobId }),
          ({ JobState }) => JobState === 'FAILED',
        );
      };
      return [args, terminate];
    },
    summary: /^Nothing was sent\. The target has changed since the preview\./,
  },
  'a template is deleted by another client': {
    tool: 'DeleteTaskTemplates',
    prepare: async () => {
      const ids = { TaskTemplateIds: [await newTemplate()] };
      return [ids, () => byOther('DeleteTaskTemplates', ids)];
    },
    summary: /ResourceNotFound\.TaskTemplate\. DeleteTaskTemplates was not sent\.$/,
  },
};

describe('a confirmed call is not sent when its target changes while it waits for the rate permit:', () => {
  test.each(Object.entries(races))('%s', async (_, { tool, prepare, summary }) => {
    const [args, act] = await prepare();
    let from = 0;
    const service = interrupted(async () => {
      await act();
      from = engine.requests.length;
    });
    const code = await previewCode(service, tool, args);
    const answer = await callBy(service, tool, { ...args, confirm: true, preview: code });
    expect(answer.summary).toMatch(summary);
    expect(engine.requests.slice(from).map(({ action }) => action)).not.toContain(tool);
    expect(engine.requests.length).toBeGreaterThan(from);
    await service.close();
  });

  test('also where it needed no confirmation before: more nodes, and the environment grows beyond', async () => {
    const service = interrupted(() => setNodes(5));
    const answer = await callBy(service, 'ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 3 });
    expect(answer.summary).toMatch(/^Nothing was sent\. The target has changed since the preview\./);
    expect(await nodes()).toBe(5);
    await service.close();
  });

  test('also after a form, and the new preview asks again', async () => {
    const elicitor: Elicitor = {
      kind: 'inline',
      elicit: async ({ confirmationText }) => ({ action: 'accept', typedText: confirmationText }),
    };
    const service = interrupted(() => setNodes(4));
    const by = { ...caller, elicitor };
    const args = { EnvId, DesiredComputeNodeCount: 1, confirm: true };
    const answer = await callBy(service, 'ModifyComputeEnv', args, by);
    expect(answer.summary).toMatch(/^Nothing was sent\. The target has changed since the preview\./);
    expect(answer.preview).not.toHaveProperty('code');
    expect(await nodes()).toBe(4);
    await service.close();
  });
});

test('a call that waits for the documented rate is checked when it has its permit', async () => {
  const service = toolboxOver(engine, ['--rate-limit', 'cn']);
  const args = { EnvId, DesiredComputeNodeCount: 1 };
  const code = await previewCode(service, 'ModifyComputeEnv', args);
  // ModifyComputeEnv is limited to 2 calls per second: these take the permits.
  const renaming = ['a', 'b', 'c', 'd'].map((EnvName) =>
    callBy(service, 'ModifyComputeEnv', { EnvId, EnvName }),
  );
  await Promise.all(renaming.slice(0, 2));
  const growing = setNodes(7);
  const confirmed = callBy(service, 'ModifyComputeEnv', { ...args, confirm: true, preview: code });
  await growing;
  expect((await confirmed).summary).toMatch(/^Nothing was sent\./);
  await Promise.all(renaming);
  expect(await nodes()).toBe(7);
  await service.close();
});

test('changes of one environment are serialised: each is checked after the one before', async () => {
  const service = toolboxOver(engine, []);
  await setNodes(1);
  const from = engine.requests.length;
  const grow = (count: number) =>
    callBy(service, 'ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: count });
  await Promise.all([grow(3), grow(2), grow(4)]);
  const sent = engine.requests.slice(from).map(({ action }) => action);
  const changes = sent.filter((action) => action === 'ModifyComputeEnv');
  // Growing to 2 is not growing any more once there are 3: it is shown instead of sent.
  expect(changes).toHaveLength(2);
  expect(await nodes()).toBe(4);
  for (const [index, action] of sent.entries()) {
    if (action === 'ModifyComputeEnv') expect(sent[index - 1]).toBe('DescribeComputeEnv');
  }
  await service.close();
});
