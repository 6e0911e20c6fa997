/** The view of a real job: a browser, the official host bridge, the real server and a real engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eras, startTestEngine } from '../mcp/harness.ts';
import { browserProgram, createHostPage, noBrowser, openBrowser } from './browser.ts';
import { hostileText } from './sample-course.ts';
import { connectViewClient, type ViewClient } from './view-client.ts';

const environment = {
  EnvType: 'MANAGED',
  EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' },
};
const taskOf = (TaskName: string, Command: string, more: object = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: environment,
  ...more,
});

describe.skipIf(browserProgram === undefined)(
  `the view of a real job${browserProgram === undefined ? ` (${noBrowser})` : ''}`,
  () => {
    let engine: Awaited<ReturnType<typeof startTestEngine>>;
    let browser: Browser;
    let folder: string;
    const clients: ViewClient[] = [];
    beforeAll(async () => {
      [engine, browser, folder] = await Promise.all([
        startTestEngine(),
        openBrowser(),
        mkdtemp(join(tmpdir(), 'batch-mcp-view-')),
      ]);
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()));
      await browser.close();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const show = async (era: (typeof eras)[number], job: object) => {
      const { dataDir, endpoint, secretId, secretKey } = engine;
      const client = await connectViewClient(era, { dataDir, endpoint, secretId, secretKey });
      clients.push(client);
      const submitted = await client.callTool({
        name: 'SubmitJob',
        arguments: { Placement: { Zone: 'ap-guangzhou-1' }, Job: job },
      });
      const { JobId } = submitted.structuredContent as { JobId?: string };
      if (JobId === undefined) throw new Error(JSON.stringify(submitted));
      const [content] = await client.readResource('ui://batch-mcp/job.html');
      const view = await createHostPage(browser)({
        html: String(content?.text),
        arguments: { JobId },
        result: await client.callTool({ name: 'ShowJob', arguments: { JobId } }),
        callServer: (call) => client.callTool({ ...call, arguments: { ...call.arguments } }),
      });
      return { ...view, JobId };
    };

    test.each(eras)('changes while the job runs, and shows the log of an instance (%s era)', async (era) => {
      const signal = join(folder, `go-${era}`);
      const { frame, requests, problems, settle, close } = await show(era, {
        JobName: 'observed',
        Tasks: [
          taskOf('wait', `echo waiting; until [ -e ${signal} ]; do sleep 0.1; done; echo released`),
          taskOf('after', 'test $BATCH_TASK_INSTANCE_INDEX != 2 || exit 9', { TaskInstanceNum: 4 }),
        ],
        Dependences: [{ StartTask: 'wait', EndTask: 'after' }],
      });
      const node = (name: string) => frame.locator('.graph [role="listitem"]', { hasText: name });
      await node('wait').locator('text', { hasText: 'running' }).waitFor();
      expect(await node('after').locator('text.quiet').textContent()).toBe('0 of 4 done');
      await writeFile(signal, '');
      await frame.locator('[data-field="state"]', { hasText: 'failed' }).waitFor();
      await frame.locator('[data-field="count-succeeded"]', { hasText: '4' }).waitFor();
      expect(await frame.locator('[data-field="count-failed"]').innerText()).toBe('1');
      expect(await frame.locator('.failures tbody').innerText()).toContain('Exit code 9');
      await settle();
      // The only task of one instance is alone in its group.
      await frame.locator('[data-cells="single"]').click({ position: { x: 4, y: 4 } });
      await frame.locator('.log pre', { hasText: 'released' }).waitFor();
      expect(await frame.locator('.log pre').first().innerText()).toBe('waiting\nreleased');
      expect({ requests, problems }).toEqual({ requests: [], problems: [] });
      await close();
    });

    test('runs nothing of what a real job writes', async () => {
      const file = join(folder, 'hostile.txt');
      await writeFile(file, hostileText);
      const { frame, page, requests, problems, settle, close } = await show('modern', {
        JobName: '</script><img src=x onerror=window.hasRun=1>',
        JobDescription: hostileText.slice(0, 200),
        Tags: [{ Key: '<svg/onload=window.hasRun=1>', Value: 'javascript:window.hasRun=1' }],
        Tasks: [taskOf('write', `cat ${file}; cat ${file} >&2; exit 3`)],
      });
      await frame.locator('.failures button').first().waitFor();
      await settle();
      await frame.locator('.failures button').first().click();
      await frame.locator('.log pre').first().waitFor();
      expect(await frame.locator('.log pre').first().textContent()).toContain('<img src=x onerror=');
      expect(await frame.locator('h1').textContent()).toBe('</script><img src=x onerror=window.hasRun=1>');
      expect(await frame.locator('main img, main script, main a').count()).toBe(0);
      expect([await frame.evaluate('window.hasRun'), await page.evaluate('window.hasRun')]).toEqual([
        undefined,
        undefined,
      ]);
      expect({ requests, problems }).toEqual({ requests: [], problems: [] });
      await close();
    });
  },
);
