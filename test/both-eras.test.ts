/** A client of each protocol era lists and calls every tool of the built program against the local engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, test } from 'vitest';
import { stopEngine } from '../src/engine/daemon/daemon.ts';
import { endJobsOf } from './end-jobs.ts';
import { program } from './paths.ts';

const me = { name: 'test', version: '0' };

type Fields = Record<string, unknown>;
interface Session {
  list(): Promise<readonly string[]>;
  call(
    tool: string,
    args?: Fields,
  ): Promise<{ readonly isError: boolean; readonly fields: Fields; readonly text: string }>;
  close(): Promise<void>;
}

const dataDirs: string[] = [];
afterEach(async () => {
  for (const dataDir of dataDirs.splice(0)) {
    await stopEngine(dataDir);
    endJobsOf(dataDir);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
});

const startSession = async (era: 'legacy' | 'modern'): Promise<Session> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-eras-'));
  dataDirs.push(dataDir);
  const args = [program, '--local', '--sandbox', 'none', '--confirm', 'none', '--data-dir', dataDir];
  const command = { command: process.execPath, args, stderr: 'inherit' as const };
  const modern = new ModernClient(me, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const legacy = new LegacyClient(me);
  if (era === 'modern') await modern.connect(new ModernTransport(command));
  else await legacy.connect(new LegacyTransport(command));
  return {
    list: async () => (await (era === 'modern' ? modern : legacy).listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}) => {
      const request = { name, arguments: args };
      const result = await (era === 'modern' ? modern.callTool(request) : legacy.callTool(request));
      const [first] = result.content as readonly { readonly text?: string }[];
      return {
        isError: result.isError === true,
        fields: (result.structuredContent ?? {}) as Fields,
        text: first?.text ?? '',
      };
    },
    close: () => (era === 'modern' ? modern : legacy).close(),
  };
};

const Placement = { Zone: 'ap-guangzhou-3' };
const EnvData = { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' };
const taskOf = (Command: string) => ({
  TaskName: 'work',
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: { EnvType: 'MANAGED', EnvData },
});
const jobOf = (JobName: string, Command: string) => ({
  Placement,
  Job: { JobName, Tasks: [taskOf(Command)] },
});

describe.each(['legacy', 'modern'] as const)('a %s client', (era) => {
  test('can list and call every tool of the local engine', async () => {
    const session = await startSession(era);
    const called = new Set<string>();
    /** Calls a tool and expects success. */
    const call = async (tool: string, args?: Fields): Promise<Fields> => {
      called.add(tool);
      const { isError, fields, text } = await session.call(tool, args);
      expect(isError, `${tool}: ${text}`).toBe(false);
      // The text form begins with the `summary` of the structured form.
      expect(text.split('\n')[0], tool).toBe(fields.summary);
      return fields;
    };
    const submit = async (name: string, command: string) =>
      (await call('SubmitJob', jobOf(name, command))).JobId as string;
    const waitFor = async (JobId: string) => (await call('WaitForJob', { JobId })).JobState;

    const done = await submit('done', 'echo needle');
    const failing = await submit('failing', 'echo broken >&2; exit 3');
    await call('PlanJob', jobOf('planned', 'true'));
    expect(await waitFor(done)).toBe('SUCCEED');
    expect(await waitFor(failing)).toBe('FAILED');
    expect((await call('DescribeJobs')).TotalCount).toBe(2);
    await call('DescribeJob', { JobId: done });
    await call('DescribeJobSubmitInfo', { JobId: done });
    await call('DescribeTask', { JobId: done, TaskName: 'work' });
    await call('DescribeTaskLogs', { JobId: done, TaskName: 'work' });
    expect(JSON.stringify(await call('ReadTaskLogs', { JobId: done, TaskName: 'work' }))).toContain(
      '0| needle',
    );
    const MetricName = 'CpuUsage';
    await call('DescribeJobMonitorData', { JobId: done, TaskName: 'work', TaskInstanceIndex: 0, MetricName });
    expect(
      JSON.stringify(await call('SearchTaskLogs', { JobId: done, TaskName: 'work', pattern: 'needle' })),
    ).toContain('1 of 1');
    expect(JSON.stringify(await call('DiagnoseJob', { JobId: failing }))).toContain('broken');
    expect(JSON.stringify(await call('ShowJob', { JobId: done }))).toContain('1 of 1 done');
    expect(JSON.stringify(await call('ListEvents'))).toContain(failing);
    expect(
      await call('RunScript', { script: "return (await all('DescribeJobs')).length > 1" }),
    ).toMatchObject({
      result: true,
    });
    await call('RetryJobs', { JobIds: [failing] });
    const [one, all] = [
      await submit('one terminated', 'sleep 60'),
      await submit('all terminated', 'sleep 60'),
    ];
    await call('TerminateTaskInstance', { JobId: one, TaskName: 'work', TaskInstanceIndex: 0 });
    await call('TerminateJob', { JobId: all });
    expect([await waitFor(one), await waitFor(all)]).toEqual(['FAILED', 'FAILED']);
    await call('FindJobs', { name: 'terminated' });
    const again = (await call('RerunJob', { JobId: done, set: ['JobName=again'] })).JobId as string;
    expect(await waitFor(again)).toBe('SUCCEED');
    await call('EndMany', { action: 'DeleteJob', targets: [again, one] });
    await call('DeleteJob', { JobId: done });

    const template = { TaskTemplateName: 'template', TaskTemplateInfo: taskOf('true') };
    const { TaskTemplateId } = await call('CreateTaskTemplate', template);
    await call('ModifyTaskTemplate', { TaskTemplateId, TaskTemplateDescription: 'changed' });
    await call('ChangeTemplate', { TaskTemplateIds: [TaskTemplateId], set: ['Timeout=60'] });
    expect((await call('DescribeTaskTemplates')).TotalCount).toBe(1);
    await call('DeleteTaskTemplates', { TaskTemplateIds: [TaskTemplateId] });

    const ComputeEnv = { EnvName: 'pool', EnvType: 'MANAGED', EnvData, DesiredComputeNodeCount: 3 };
    const { EnvId } = await call('CreateComputeEnv', { ComputeEnv, Placement });
    interface Node {
      readonly ComputeNodeId: string;
      readonly ComputeNodeInstanceId: string;
      readonly ComputeNodeState: string;
      readonly ResourceOrigin: string;
    }
    const runningNodes = async (count: number): Promise<readonly Node[]> => {
      for (;;) {
        const { ComputeNodeSet = [] } = (await call('DescribeComputeEnv', { EnvId, detail: 'full' })) as {
          ComputeNodeSet?: Node[];
        };
        if (ComputeNodeSet.filter((node) => node.ComputeNodeState === 'RUNNING').length === count)
          return ComputeNodeSet;
        await wait(50);
      }
    };
    const nodes = await runningNodes(3);
    await call('DescribeComputeEnvs');
    await call('FindComputeEnvs');
    await call('DescribeComputeEnvCreateInfo', { EnvId });
    await call('DescribeComputeEnvCreateInfos');
    await call('DescribeComputeEnvActivities', { EnvId });
    await call('TerminateComputeNode', { EnvId, ComputeNodeId: nodes[0]?.ComputeNodeId });
    await runningNodes(2);
    await call('TerminateComputeNodes', { EnvId, ComputeNodeIds: [nodes[1]?.ComputeNodeId] });
    await runningNodes(1);
    await call('AttachInstances', { EnvId, Instances: [{ InstanceId: 'ins-1a2b3c4d' }] });
    await runningNodes(2);
    await call('DetachInstances', { EnvId, InstanceIds: ['ins-1a2b3c4d'] });
    await runningNodes(1);
    await call('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 0 });
    await runningNodes(0);
    await call('DeleteComputeEnv', { EnvId });

    await call('DescribeInstanceCategories');
    await call('DescribeAvailableCvmInstanceTypes');
    await call('DescribeCvmZoneInstanceConfigInfos');

    expect([...called].sort()).toEqual([...(await session.list())].sort());
    await session.close();
  });
});
