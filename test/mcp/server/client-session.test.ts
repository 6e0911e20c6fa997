/** What clients declare about forms, and how a form is shown. */
import { expect, test } from 'vitest';
import { canElicit, formOf } from '../../../src/mcp/server/client-session.ts';

test.each<[unknown, boolean]>([
  [undefined, false],
  [{}, false],
  [{ elicitation: {} }, true],
  [{ elicitation: { applyDefaults: true } }, true],
  [{ elicitation: { form: {} } }, true],
  [{ elicitation: { form: { applyDefaults: true }, url: {} } }, true],
  [{ elicitation: { url: {} } }, false],
  [{ elicitation: null }, false],
])('the capabilities %j can show a form: %s', (capabilities, can) => {
  // Clients send other shapes than the SDK's type.
  expect(canElicit(capabilities as Parameters<typeof canElicit>[0])).toBe(can);
});

test.each([
  ['![x](http://evil.example/?a)', '[x] (http://evil.example/?a)'],
  ['[click](http://evil.example)', '[click] (http://evil.example)'],
  ['![x][ref]', '[x] [ref]'],
  ['[ref]: http://evil.example', '[ref] : http://evil.example'],
  ['<img src=http://evil.example>', '< img src=http://evil.example>'],
  ['<!-- hidden -->', '< !-- hidden -->'],
  ['hidden\u200b\u202e text\u001b[2J', 'hidden text'],
  ['https://user:pass@host', 'https://***masked-by-batch-mcp***@host'],
])('a form shows %j without markup', (name, shown) => {
  const { message } = formOf({ message: `Terminate "${name}"`, confirmationText: 'job-1a2b3c4d' });
  expect(message).toBe(`Terminate "${shown}"`);
});
