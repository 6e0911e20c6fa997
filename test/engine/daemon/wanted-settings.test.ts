/** Which differences between a running engine and a caller's settings are refused, and which are only reported. */
import { describe, expect, test } from 'vitest';
import type { EngineStatus } from '../../../src/engine/daemon/control.ts';
import { differencesOf, type WantedSettings } from '../../../src/engine/daemon/wanted-settings.ts';
import { createSettings } from '../../../src/engine/settings.ts';

const { limits } = createSettings({ dataDir: '', engineId: '' });
const status: EngineStatus = {
  engineId: 'e',
  pid: 1,
  version: '0',
  backend: 'local',
  sandbox: 'bwrap',
  network: false,
  docker: false,
  limits,
  packagePorts: [],
  slots: 2,
  busy: false,
};
const wanted: WantedSettings = {
  backend: 'local',
  sandbox: 'auto',
  network: false,
  docker: false,
  limits,
  packagePorts: [],
};
const kindsOf = (running: Partial<EngineStatus>, asked: Partial<WantedSettings>) => {
  const { lessStrict, stricter } = differencesOf({ ...status, ...running }, { ...wanted, ...asked });
  return [lessStrict.length, stricter.length];
};

test('an engine with the same settings has no differences', () => {
  expect(differencesOf(status, wanted)).toEqual({ lessStrict: [], stricter: [] });
});

describe('an engine is less strict than asked for', () => {
  test.each<[string, Partial<EngineStatus>, Partial<WantedSettings>]>([
    ['without a sandbox', { sandbox: 'none', network: true }, {}],
    ['with the network', { network: true }, {}],
    ['with containers', { docker: true }, {}],
    ['with a higher limit', { limits: { ...limits, openFiles: 5000 } }, {}],
    [
      'without a limit',
      { limits: { ...limits, memoryBytes: undefined } },
      { limits: { ...limits, memoryBytes: 1 } },
    ],
    ['with a further port for packages', { packagePorts: [80, 81] }, { packagePorts: [80] }],
    ['with a limit of null, as JSON has it', { limits: JSON.parse('{}') }, {}],
  ])('%s', (_, running, asked) => {
    const [lessStrict, stricter] = kindsOf(running, asked);
    expect(lessStrict).toBeGreaterThan(0);
    expect(stricter).toBe(0);
  });
});

describe('an engine is stricter than asked for', () => {
  test.each<[string, Partial<EngineStatus>, Partial<WantedSettings>]>([
    ['with a sandbox', {}, { sandbox: 'none' }],
    ['without the network', {}, { network: true }],
    ['without containers', {}, { docker: true }],
    ['without a port for packages', {}, { packagePorts: [80] }],
    ['with a lower limit', { limits: { ...limits, openFiles: 1 } }, {}],
  ])('%s', (_, running, asked) => {
    expect(kindsOf(running, asked)).toEqual([0, 1]);
  });
});

test('without a sandbox the network makes no difference', () => {
  expect(kindsOf({ sandbox: 'none', network: true }, { sandbox: 'none', network: false })).toEqual([0, 0]);
});
