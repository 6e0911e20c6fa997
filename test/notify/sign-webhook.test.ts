import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { noticeOf } from '../../src/notify/notice.ts';
import { webhookHeaders } from '../../src/notify/sign-webhook.ts';
import { eventOf } from './events.ts';

test('the signature is that of the example which the specification of Standard Webhooks publishes', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  expect(
    webhookHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}', key),
  ).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('the library of Standard Webhooks accepts a notice, and none whose body, id or key differs', () => {
  const key = Buffer.alloc(32, 1);
  const secret = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`;
  const body = noticeOf(eventOf(1));
  const headers = { ...webhookHeaders('evt_1', Date.now(), body, key) };
  const webhook = new Webhook(secret(key));
  expect(webhook.verify(body, headers)).toMatchObject({ type: 'job.ended' });
  expect(() => webhook.verify(`${body} `, headers)).toThrow();
  expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'evt_2' })).toThrow();
  expect(() => new Webhook(secret(Buffer.alloc(32, 2))).verify(body, headers)).toThrow();
});

test('a notice masks credentials and holds no character that a reader cannot see', () => {
  const jobName = 'run\u001b[31m\u202e --password=hunter2secret\nX-Header: 1';
  const { data } = JSON.parse(noticeOf(eventOf(1, { jobName, detail: `task ${'x'.repeat(500)}` })));
  expect(data.JobName).toBe('run --password=***masked-by-batch-mcp*** X-Header: 1');
  expect(data.Reason.length).toBeLessThan(310);
});
