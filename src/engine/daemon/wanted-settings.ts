/** Compares a running engine with the settings a caller asks for. */
import type { ProcessLimits } from '../settings.ts';
import type { EngineStatus } from './control.ts';

/** The safety-relevant settings a caller asks for. */
export interface WantedSettings {
  readonly sandbox: 'auto' | 'bwrap' | 'none';
  /** Whether sandboxed commands have the network. */
  readonly network: boolean;
  readonly docker: boolean;
  readonly limits: ProcessLimits;
}

interface Differences {
  /** What the engine allows beyond the settings. */
  readonly lessStrict: readonly string[];
  /** What the settings allow and the engine does not. */
  readonly stricter: readonly string[];
}

export const differencesOf = (status: EngineStatus, wanted: WantedSettings): Differences => {
  const differences = [
    sandboxDifference(status.sandbox, wanted.sandbox),
    // Without a sandbox, commands always have the network.
    status.sandbox === 'bwrap'
      ? switchDifference(status.network, wanted.network, 'commands have the network', '--sandbox-net')
      : undefined,
    switchDifference(status.docker, wanted.docker, 'containers may be run', '--docker'),
    ...limitNames.map((name) => limitDifference(name, status.limits[name], wanted.limits[name])),
  ];
  const those = (kind: 'less strict' | 'stricter') =>
    differences.flatMap((difference) => (difference?.kind === kind ? [difference.text] : []));
  return { lessStrict: those('less strict'), stricter: those('stricter') };
};

type Difference = { readonly kind: 'less strict' | 'stricter'; readonly text: string } | undefined;

const sandboxDifference = (running: string, wanted: WantedSettings['sandbox']): Difference => {
  if (running === 'none' && wanted !== 'none') {
    return { kind: 'less strict', text: 'it runs commands without a sandbox (--sandbox none)' };
  }
  if (running !== 'none' && wanted === 'none') {
    return { kind: 'stricter', text: 'the running engine was started without --sandbox none' };
  }
  return undefined;
};

const switchDifference = (running: boolean, wanted: boolean, text: string, option: string): Difference => {
  if (running && !wanted) return { kind: 'less strict', text: `${text} (${option})` };
  if (!running && wanted) {
    return {
      kind: 'stricter',
      text: `the running engine was started without ${option}, or it does not work here`,
    };
  }
  return undefined;
};

const limitNames: readonly (keyof ProcessLimits)[] = [
  'cpuSeconds',
  'memoryBytes',
  'fileBytes',
  'openFiles',
  'processes',
  'diskBytes',
];

const limitDifference = (
  name: keyof ProcessLimits,
  running: number | undefined | null,
  wanted: number | undefined,
): Difference => {
  // `undefined` is no limit, and absent in JSON.
  const [one, other] = [running ?? Number.POSITIVE_INFINITY, wanted ?? Number.POSITIVE_INFINITY];
  if (one === other) return undefined;
  const text = `its limit ${name} is ${limitText(one)}, not ${limitText(other)} (--limits)`;
  return { kind: one > other ? 'less strict' : 'stricter', text };
};

const limitText = (limit: number): string => (Number.isFinite(limit) ? String(limit) : 'none');
