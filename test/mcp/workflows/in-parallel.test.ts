/** A list worked off by a few works at a time. */
import { describe, expect, test } from 'vitest';
import { inParallel } from '../../../src/mcp/workflows/in-parallel.ts';

describe('a list worked off in parallel', () => {
  test('keeps its order, and never has more under way than it may', async () => {
    let underWay = 0;
    let most = 0;
    const results = await inParallel([30, 10, 20, 0, 5, 15], 3, async (item, index) => {
      underWay += 1;
      most = Math.max(most, underWay);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      underWay -= 1;
      return `${index}:${item}`;
    });
    expect({ results, most }).toEqual({ results: ['0:30', '1:10', '2:20', '3:0', '4:5', '5:15'], most: 3 });
  });

  test('begins nothing more after an error', async () => {
    const begun: number[] = [];
    const working = inParallel([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error('no more');
    });
    await expect(working).rejects.toThrow('no more');
    expect(begun.length).toBeLessThanOrEqual(3);
  });

  test('may be empty', async () => {
    expect(await inParallel([], 4, async () => 1)).toEqual([]);
  });
});
