/** How the server ends: soon, whatever is under way, and without leaving anything behind. */
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Era, eras, parentWith, type Served, serve, startSilence, within } from './served.ts';

type Silence = Awaited<ReturnType<typeof startSilence>>;
let silence: Silence;
beforeAll(async () => {
  silence = await startSilence();
});
afterAll(() => silence.stop());

interface Ending {
  readonly name: string;
  readonly through?: readonly string[];
  readonly end: (served: Served) => void;
}
const endings: readonly Ending[] = [
  { name: 'the end of stdin', end: ({ child }) => child.stdin?.end() },
  { name: 'SIGTERM', end: ({ child }) => child.kill('SIGTERM') },
  { name: 'SIGINT', end: ({ child }) => child.kill('SIGINT') },
  {
    name: 'the death of its parent',
    through: parentWith({ isShared: false }),
    end: ({ child }) => child.kill('SIGKILL'),
  },
  {
    name: 'the death of a parent whose pipe somebody else holds open',
    through: parentWith({ isShared: true }),
    end: ({ child }) => child.kill('SIGKILL'),
  },
];
const posix = process.platform === 'win32' ? describe.skip : describe;

const start = (era: Era, ending: Ending, more: readonly string[] = []): Promise<Served> =>
  serve(era, {
    args: [...silence.args, ...more],
    env: silence.env,
    ...(ending.through && { through: ending.through }),
  });
const callFor = (served: Served) => served.post('tools/call', { name: 'DescribeJobs', arguments: {} });

posix.each(eras)('a %s server with a call under way', (era) => {
  test.each(endings)('ends within a second of $name', async (ending) => {
    const served = await start(era, ending);
    const heard = silence.heard();
    callFor(served);
    await within(10_000, heard, 'the call');
    ending.end(served);
    await within(1000, served.closed, 'the end');
    expect(served.err()).toBe('');
  });
});

posix('of fifty servers, started five at a time in both eras and ended in all these ways', () => {
  test('none is left', async () => {
    const mark = `life-${process.pid}-${Date.now()}`;
    const countOf = () =>
      execFileSync('ps', ['-axo', 'args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(mark)).length;
    let most = 0;
    let started = 0;
    const lane = async (): Promise<void> => {
      while (started < 50) {
        const number = started;
        started += 1;
        const ending = endings[number % endings.length];
        if (ending === undefined) throw new Error('There is no such ending.');
        const served = await start(number < 25 ? 'legacy' : 'modern', ending, [
          '--data-dir',
          join(tmpdir(), mark),
        ]);
        callFor(served);
        if (number % 10 === 0) most = Math.max(most, countOf());
        ending.end(served);
        await within(10_000, served.closed, 'the end');
      }
    };
    await Promise.all(Array.from({ length: 5 }, lane));
    // What counts nothing while servers run would find nothing afterwards, either.
    expect(most).toBeGreaterThan(0);
    expect(countOf()).toBe(0);
  });
});
