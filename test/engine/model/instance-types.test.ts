/** What a machine type's name says, and which type fits a wish. */
import { expect, test } from 'vitest';
import { capacityOf, instanceTypes, smallestTypeFor } from '../../../src/engine/model/instance-types.ts';

test.each([
  ['S5.SMALL2', 1, 2],
  ['S1.SMALL1', 1, 1],
  ['S2.MEDIUM4', 2, 4],
  ['C5.LARGE8', 4, 8],
  ['GN2.7XLARGE56', 28, 56],
  ['GN2.14XLARGE112', 56, 112],
  ['S3.XLARGE', 4, 4],
  ['something.else', 1, 1],
])('%s has %i cores and %i GiB', (name, cpu, memory) => {
  expect(capacityOf(name)).toEqual({ cpu, memory });
});

test('the name of every listed type says its cores and memory', () => {
  expect(
    instanceTypes.filter(({ name, cpu, memory }) => {
      const said = capacityOf(name);
      return said.cpu !== cpu || said.memory !== memory;
    }),
  ).toEqual([]);
  expect(new Set(instanceTypes.map(({ name }) => name)).size).toBe(instanceTypes.length);
});

test('the smallest type with enough cores and memory is chosen within the given categories', () => {
  const chosen = (cpu: number, memory: number, categories?: readonly string[]) =>
    smallestTypeFor(cpu, memory, categories)?.name;
  expect(chosen(1, 1)).toBe('S5.SMALL1');
  expect(chosen(3, 9)).toBe('S5.LARGE16');
  expect(chosen(1, 8)).toBe('M5.SMALL8');
  expect(chosen(1, 1, ['COMPUTE_3'])).toBe('C5.SMALL2');
  expect(chosen(1, 1, ['ALL'])).toBe('S5.SMALL1');
  expect(chosen(64, 1)).toBeUndefined();
  expect(chosen(1, 1, ['COMPUTE_2'])).toBeUndefined();
});
