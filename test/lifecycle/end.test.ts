/** Shutdown of the server: it is prompt, also during a call, and leaves no process behind. */
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Era,
  eras,
  messageOf,
  parentWith,
  type Served,
  serve,
  startBlackHole,
  within,
} from './served.ts';

type BlackHole = Awaited<ReturnType<typeof startBlackHole>>;
let blackHole: BlackHole;
beforeAll(async () => {
  blackHole = await startBlackHole();
});
afterAll(() => blackHole.stop());

interface Ending {
  readonly name: string;
  readonly through?: readonly string[];
  readonly end: (served: Served) => void;
}
const endings: readonly Ending[] = [
  {
    name: 'the end of stdin and of stdout',
    end: ({ child }) => {
      child.stdin?.end();
      child.stdout?.destroy();
    },
  },
  { name: 'SIGTERM', end: ({ child }) => child.kill('SIGTERM') },
  { name: 'SIGINT', end: ({ child }) => child.kill('SIGINT') },
  {
    name: 'exit of its parent process',
    through: parentWith({ isShared: false }),
    end: ({ child }) => child.kill('SIGKILL'),
  },
  {
    name: 'exit of a parent process whose pipe another process holds open',
    through: parentWith({ isShared: true }),
    end: ({ child }) => child.kill('SIGKILL'),
  },
];
const posix = process.platform === 'win32' ? describe.skip : describe;

const start = (era: Era, ending: Ending, more: readonly string[] = []): Promise<Served> =>
  serve(era, {
    args: [...blackHole.args, ...more],
    env: blackHole.env,
    ...(ending.through && { through: ending.through }),
  });
const callFor = (served: Served) => served.post('tools/call', { name: 'DescribeJobs', arguments: {} });

posix.each(eras)('a %s server with a call in flight', (era) => {
  test.each(endings)('exits without waiting for the call, after $name', async (ending) => {
    // It waits ten seconds for its call, so the other one ends first, however loaded the machine is.
    const waiting = await start(era, ending);
    const served = await start(era, ending);
    for (const each of [waiting, served]) {
      const heard = blackHole.heard();
      callFor(each);
      await within(heard, 'the call');
    }
    waiting.child.stdin?.end();
    ending.end(served);
    const first = Promise.race([
      served.closed.then(() => 'the one that ends'),
      waiting.closed.then(() => 'the one that waits'),
    ]);
    expect(await within(first, 'the end')).toBe('the one that ends');
    expect(served.err()).toBe('');
    ending.end(waiting);
    await within(waiting.closed, 'the end of the other');
  });
});

// Both eras at the same time, because each server waits ten seconds.
posix('a server whose stdin ends', () => {
  test.concurrent.each(eras)(
    'answers the call of a %s client in progress within ten seconds, and exits with code 0',
    async (era) => {
      const silent = await startBlackHole();
      const served = await serve(era, silent);
      const heard = silent.heard();
      callFor(served);
      await within(heard, 'the call');
      const before = served.lines.length;
      served.child.stdin?.end();
      await within(served.closed, 'the end');
      expect(await served.exit).toBe(0);
      expect(served.lines.slice(before).map((line) => messageOf(line)?.error?.code)).toEqual([-32000]);
      await silent.stop();
    },
  );
});

posix('fifty servers of both eras, five at a time, stopped in all these ways', () => {
  test('leave no process behind', async () => {
    const mark = `lifecycle-${process.pid}-${Date.now()}`;
    const countOf = () =>
      execFileSync('ps', ['-axo', 'args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(mark)).length;
    let maxCount = 0;
    let started = 0;
    const worker = async (): Promise<void> => {
      while (started < 50) {
        const number = started;
        started += 1;
        const ending = endings[number % endings.length];
        if (ending === undefined) throw new Error('The list of endings is empty.');
        const served = await start(number < 25 ? 'legacy' : 'modern', ending, [
          '--data-dir',
          join(tmpdir(), mark),
        ]);
        callFor(served);
        if (number % 10 === 0) maxCount = Math.max(maxCount, countOf());
        ending.end(served);
        await within(served.closed, 'the end');
      }
    };
    await Promise.all(Array.from({ length: 5 }, worker));
    // Proves that the count sees running servers.
    expect(maxCount).toBeGreaterThan(0);
    expect(countOf()).toBe(0);
  });
});
