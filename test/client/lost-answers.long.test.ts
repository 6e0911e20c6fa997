import { expect, test } from 'vitest';
import { submitThroughLosses } from './lost-answers.ts';

test('10,000 submissions with randomly lost responses, from clients that are restarted, create exactly 10,000 jobs', async () => {
  const { confirmed, exist, unconfirmed } = await submitThroughLosses(10_000);
  expect([confirmed, exist, unconfirmed > 400]).toEqual([10_000, 10_000, true]);
});
