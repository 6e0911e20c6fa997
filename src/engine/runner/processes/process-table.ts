/** What the system knows about running processes: identity, ownership by an attempt, usage. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** USER_HZ and the page size have these values on every Linux that Node is built for. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/** The variable that marks every process of an attempt: `<engineId>.<JobId>.<position>.<index>.<attempt>`. */
export const markerVariable = 'BATCH_MCP_RUN';

/**
 * Identifies a process for good, unlike its number, which a later process may get.
 * @param startTime as `startTimeOf` returns it; without one, as for a process that is gone already, none is found again
 */
export const processIdentity = (pid: number, startTime: string = startTimeOf(pid) ?? ''): string =>
  `${pid}@${startTime}`;

/** Whether the process of an identity exists. Outside Linux a runner knows no start time; then its number decides. */
export const isAlive = (identity: string): boolean => {
  const [pid] = identity.split('@', 1);
  const startTime = startTimeOf(Number(pid));
  const expected = identity.slice(identity.indexOf('@') + 1);
  if (expected === '' && process.platform !== 'linux') return startTime !== undefined;
  return startTime !== undefined && startTime === expected;
};

/** How long a process has been running, in milliseconds, on a clock that only goes forward; undefined if unknown. */
export const ageOf = (pid: number): number | undefined => {
  const stat = statOf(pid);
  const uptime = Number(readText('/proc/uptime')?.split(' ')[0]);
  if (stat === undefined || Number.isNaN(uptime)) return undefined;
  return Math.max(0, 1000 * (uptime - Number(stat.startTime) / ticksPerSecond));
};

/**
 * When a process began, in terms that no other process of the same number shares.
 * On Linux the start time in ticks and the boot that it counts from; elsewhere what `ps` prints, to the second.
 * @returns undefined if there is no such process, or only a zombie
 */
export const startTimeOf = (pid: number): string | undefined => {
  if (process.platform === 'linux') {
    const stat = statOf(pid);
    return stat === undefined || stat.state === 'Z' ? undefined : `${bootId}:${stat.startTime}`;
  }
  try {
    // Windows has no `ps`; no process is recovered there after a restart.
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
};

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** Ticks of user and system time, its own and that of its children that have ended. */
  readonly cpuTicks: number;
  readonly startTime: string;
  readonly residentPages: number;
}

/** One line of `/proc/<pid>/stat`; its second field may hold spaces and parentheses, so counting begins behind it. */
const statOf = (pid: number): Stat | undefined => {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    cpuTicks: [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0),
    startTime: fields[19] ?? '',
    residentPages: Number(fields[21]),
  };
};

const readText = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
};

/** Read once: it is needed for every process that is started, and does not change before the next boot. */
const bootId = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';

const processIds = (): readonly number[] => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
};

/** Reading about so many processes takes half a millisecond, and a request passes through several turns of the event loop. */
const processesAtOnce = 10;

/** Visits every process. Requests are served in between: a machine may have hundreds of processes. */
const visitProcesses = async (visit: (pid: number) => void): Promise<void> => {
  const pids = processIds();
  for (let from = 0; from < pids.length; from += processesAtOnce) {
    for (const pid of pids.slice(from, from + processesAtOnce)) visit(pid);
    await setImmediate();
  }
};

/** The marker in the environment a process was started with, or undefined: none, not readable, or no /proc. */
export const markerOf = (pid: number): string | undefined => {
  const text = readText(`/proc/${pid}/environ`);
  if (text === undefined) return undefined;
  return text
    .split('\0')
    .find((entry) => entry.startsWith(`${markerVariable}=`))
    ?.slice(markerVariable.length + 1);
};

/** The name of a process's program, cut to 15 characters by the system; undefined if there is no such process. */
export const nameOf = (pid: number): string | undefined => readText(`/proc/${pid}/comm`)?.trim();

/** All processes that carry a marker of this engine. Without /proc: none, so a process that left its group is not found. */
export const markedProcesses = (
  engineId: string,
): readonly { readonly pid: number; readonly marker: string }[] =>
  processIds().flatMap((pid) => {
    const marker = markerOf(pid);
    return marker?.startsWith(`${engineId}.`) ? [{ pid, marker }] : [];
  });

/** Visits the same processes, without holding up requests. */
export const visitMarkedProcesses = (
  engineId: string,
  visit: (pid: number, marker: string) => void,
): Promise<void> =>
  visitProcesses((pid) => {
    const marker = markerOf(pid);
    if (marker?.startsWith(`${engineId}.`)) visit(pid, marker);
  });

/**
 * Sends a signal to a process group.
 * @returns whether there was a process to send it to
 */
export const signalGroup = (leader: number, signal: NodeJS.Signals): boolean => signalTo(-leader, signal);

/** Sends a signal to one process, or with a negative number to a group; false when there is none. */
export const signalTo = (pid: number, signal: NodeJS.Signals): boolean => {
  // 0 and 1 mean the caller's group and every process: a mistake must never reach them.
  if (Math.abs(pid) < 2) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
};

/** What a tree of processes has used: CPU since it began, memory now, and the most memory of each that still runs. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
}

/** The most memory that a process has had, in bytes. Another program that it executes begins anew. */
const peakMemoryOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * 1024;

/** The usage of each leader with all its descendants, in one pass over the process table. */
export const usageOf = async (leaders: readonly number[]): Promise<ReadonlyMap<number, Usage>> => {
  const stats = new Map<number, Stat>();
  await visitProcesses((pid) => {
    const stat = statOf(pid);
    if (stat !== undefined) stats.set(pid, stat);
  });
  const isLeader = new Set(leaders);
  const leaderOf = (pid: number): number | undefined => {
    // A process table is a tree; the bound holds if it changes while it is read.
    for (let at = pid, steps = 0; at > 1 && steps < 1000; steps += 1) {
      if (isLeader.has(at)) return at;
      const stat = stats.get(at);
      if (stat === undefined) return undefined;
      if (isLeader.has(stat.group)) return stat.group;
      at = stat.parent;
    }
    return undefined;
  };
  const usage = new Map<number, Usage>();
  for (const [pid, stat] of stats) {
    const leader = leaderOf(pid);
    if (leader === undefined) continue;
    const before = usage.get(leader) ?? { cpuSeconds: 0, memoryBytes: 0, peakMemoryBytes: 0 };
    const memoryBytes = stat.residentPages * pageBytes;
    usage.set(leader, {
      cpuSeconds: before.cpuSeconds + stat.cpuTicks / ticksPerSecond,
      memoryBytes: before.memoryBytes + memoryBytes,
      peakMemoryBytes: before.peakMemoryBytes + Math.max(memoryBytes, peakMemoryOf(pid)),
    });
  }
  return usage;
};
