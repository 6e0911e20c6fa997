/** Compares a running engine with the settings a caller asks for. */
import type { EngineSettings, ProcessLimits } from '../settings.ts';
import type { EngineStatus } from './control.ts';

/** The safety-relevant settings a caller asks for. */
export interface WantedSettings {
  readonly backend: EngineSettings['backend'];
  readonly sandbox: 'auto' | 'bwrap' | 'none';
  /** Whether sandboxed commands have the network. */
  readonly network: boolean;
  readonly docker: boolean;
  readonly limits: ProcessLimits;
  /** Ports of this machine that packages may be downloaded from. */
  readonly packagePorts: readonly number[];
  /** Whether notices of events are to be sent. An engine that sends them anyway does no harm. */
  readonly notifies?: boolean;
}

interface Differences {
  /** What the engine allows beyond the settings. */
  readonly lessStrict: readonly string[];
  /** What the settings allow and the engine does not. */
  readonly stricter: readonly string[];
}

export const differencesOf = (status: EngineStatus, wanted: WantedSettings): Differences => {
  const differences = [
    backendDifference(status.backend, wanted.backend),
    sandboxDifference(status.sandbox, wanted.sandbox),
    // Without a sandbox, commands always have the network.
    status.sandbox === 'bwrap'
      ? switchDifference(status.network, wanted.network, 'commands have the network', '--sandbox-net')
      : undefined,
    switchDifference(status.docker, wanted.docker, 'containers may be run', '--docker'),
    wanted.notifies === true && status.notifies !== true
      ? { kind: 'stricter', text: 'the running engine was started without --notify and sends no notices' }
      : undefined,
    ...portDifferences(status.packagePorts, wanted.packagePorts),
    ...limitDifferences(status.limits, wanted.limits),
  ];
  const those = (kind: 'less strict' | 'stricter') =>
    differences.flatMap((difference) => (difference?.kind === kind ? [difference.text] : []));
  return { lessStrict: those('less strict'), stricter: those('stricter') };
};

type Difference = { readonly kind: 'less strict' | 'stricter'; readonly text: string } | undefined;

/** Jobs on other machines than the caller means are never stricter. */
const backendDifference = (
  running: WantedSettings['backend'],
  wanted: WantedSettings['backend'],
): Difference =>
  running === wanted
    ? undefined
    : {
        kind: 'less strict',
        text: `it runs jobs ${running === 'slurm' ? 'on a Slurm cluster' : 'on this machine'} (--backend ${running})`,
      };

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

const portDifferences = (running: readonly number[], wanted: readonly number[]): readonly Difference[] => {
  const extra = running.filter((port) => !wanted.includes(port));
  const missing = wanted.filter((port) => !running.includes(port));
  return [
    extra.length > 0
      ? {
          kind: 'less strict',
          text: `packages may be downloaded from port ${extra.join(', ')} (--package-ports)`,
        }
      : undefined,
    missing.length > 0
      ? {
          kind: 'stricter',
          text: `the running engine was started without port ${missing.join(', ')} in --package-ports`,
        }
      : undefined,
  ];
};

type Limits = Readonly<Record<string, number | undefined>>;

const limitDifferences = (running: ProcessLimits, wanted: ProcessLimits): readonly Difference[] => {
  // Widened, so that a limit that is added to the type is compared as well.
  const [one, other]: readonly Limits[] = [{ ...running }, { ...wanted }];
  const names = new Set([...Object.keys(running), ...Object.keys(wanted)]);
  return [...names].map((name) => limitDifference(name, one?.[name], other?.[name]));
};

const limitDifference = (
  name: string,
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
