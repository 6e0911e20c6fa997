/** The facts about actions that the client, the gate and the tool list derive their behaviour from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Action } from '../../src/catalogue/action.ts';
import { type ActionName, actionNames, actions } from '../../src/catalogue/index.ts';
import * as jobStates from '../../src/catalogue/job-states.ts';
import { root } from '../paths.ts';
import { visitsOf } from './walk.ts';

const entries = actionNames.map((name): readonly [ActionName, Action] => [name, actions[name]]);
const namesOf = (isMatch: (action: Action) => boolean) =>
  entries.filter(([, action]) => isMatch(action)).map(([name]) => name);

/** Names of required arguments that hold the id of a resource, or several ids. */
const requiredIdsOf = ({ input }: Action): readonly string[] =>
  Object.entries(input.shape)
    .filter(([name, schema]) => /Ids?$/.test(name) && !(schema instanceof z.ZodOptional))
    .map(([name]) => name);

const isList = (schema: unknown): boolean => schema instanceof z.ZodArray;

test('every action that requires the id of a resource names the argument as its target', () => {
  expect(namesOf((action) => requiredIdsOf(action).length > 0)).toEqual(
    namesOf(({ targetArgument }) => targetArgument !== undefined),
  );
  for (const [name, action] of entries)
    if (action.targetArgument !== undefined)
      expect(requiredIdsOf(action), name).toContain(action.targetArgument);
});

test('every action that creates a resource names the field with its id', () => {
  expect(namesOf(({ effect }) => effect === 'create')).toEqual(
    namesOf(({ creates }) => creates !== undefined),
  );
  for (const [name, { creates, output }] of entries)
    if (creates !== undefined) expect(output.shape[creates], name).toBeInstanceOf(z.ZodString);
});

test('every action that returns a list names its field, which is a list', () => {
  const returnsList = ({ input, output }: Action): boolean => {
    const { RequestId, ...fields } = output.shape;
    const own = Object.values(fields);
    return Object.hasOwn(input.shape, 'Limit') || (own.length > 0 && own.every(isList));
  };
  expect(namesOf(returnsList)).toEqual(namesOf(({ list }) => list !== undefined));
  for (const [name, { list, output }] of entries)
    if (list !== undefined) expect(isList(output.shape[list]), name).toBe(true);
});

test('the codes for an effect that has already been reached belong to destructive actions and are documented', () => {
  const withCodes = entries.filter(([, { alreadyDone }]) => alreadyDone !== undefined);
  expect(withCodes.length).toBeGreaterThan(0);
  for (const [name, { alreadyDone = [], effect, errors }] of withCodes) {
    expect(effect, name).toBe('destroy');
    expect(alreadyDone.length, name).toBeGreaterThan(0);
    expect(
      alreadyDone.filter((code) => !errors.includes(code)),
      name,
    ).toEqual([]);
  }
});

test('actions that change finished jobs are not read-only and have a job as their target', () => {
  const changing = entries.filter(([, { changesEnded }]) => changesEnded === true);
  expect(changing.length).toBeGreaterThan(0);
  for (const [name, { effect, targetArgument }] of changing) {
    expect(effect, name).not.toBe('read');
    expect(targetArgument, name).toMatch(/^JobIds?$/);
  }
});

test('arguments that stay open in the compact schema exist and have fields', () => {
  const open = entries.filter(([, { openArguments }]) => openArguments !== undefined);
  expect(open.length).toBeGreaterThan(0);
  for (const [name, { input, openArguments = [] }] of open) {
    const objects = visitsOf(input)
      .filter(({ schema }) => schema instanceof z.ZodObject)
      .map(({ path }) => path.replaceAll('[]', ''));
    expect(
      openArguments.filter((path) => !objects.includes(path)),
      name,
    ).toEqual([]);
  }
});

const { finalStates, endedStates, activeStates, notifiedStates } = jobStates;
const groups: readonly (readonly string[])[] = [finalStates, endedStates, activeStates, notifiedStates];

test('every group of job states consists of job states', () => {
  const known: readonly string[] = jobStates.jobStates;
  for (const group of groups) expect(group.filter((state) => !known.includes(state))).toEqual([]);
});

test('no other file of the program lists the job states or one of their groups again', () => {
  const setOf = (states: readonly string[]): string => [...new Set(states)].sort().join(' ');
  const lists = new Set([jobStates.jobStates, ...groups].map(setOf));
  const allowed = [
    'catalogue/job-states.ts',
    // The order of precedence when the state of a task or job is aggregated.
    'engine/model/roll-up.ts',
    // A released migration, which never changes: the numbers by which schema 1 stored states.
    'engine/store/schema/step-2-jobs.ts',
  ];
  const src = join(root, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const listsIn = (file: string) =>
    [...readFileSync(join(src, file), 'utf8').matchAll(/\[((?:\s*'[A-Z_]+',?)+)\s*\]/g)].map(
      ([, list = '']) => setOf([...list.matchAll(/'(\w+)'/g)].map(([, state = '']) => state)),
    );
  expect(listsIn('catalogue/job-states.ts').filter((list) => lists.has(list)).length).toBeGreaterThan(0);
  const again = files
    .filter((file) => !allowed.includes(file))
    .filter((file) => listsIn(file).some((list) => lists.has(list)));
  expect(again).toEqual([]);
});
