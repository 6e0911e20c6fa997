/** What the system says about running processes: which is which, what belongs to whom, what is still there. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The variable that marks every process of an attempt: `<engineId>.<JobId>.<position>.<index>.<attempt>`. */
export const markerVariable = 'BATCH_MCP_RUN';

/**
 * When a process began, in terms that no other process of the same number shares.
 * On Linux the start time in ticks and the boot it was counted from; elsewhere what `ps` prints, to the second.
 * @returns undefined when there is no such process, or only a dead one that nobody has waited for
 */
export const birthOf = (pid: number): string | undefined => {
  if (process.platform === 'linux') {
    const stat = statOf(pid);
    return stat === undefined || stat.state === 'Z' ? undefined : `${bootId}:${stat.startTime}`;
  }
  try {
    // Windows has no `ps`; there no process is ever adopted after a restart.
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
};

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** Ticks of user and system time. */
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
    cpuTicks: Number(fields[11]) + Number(fields[12]),
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

/** One boot has one id; it is read once, because it is asked for with every process that is started. */
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

/** The marker in the environment a process was started with, or undefined: none, not ours to read, or no /proc. */
export const markerOf = (pid: number): string | undefined => {
  const text = readText(`/proc/${pid}/environ`);
  if (text === undefined) return undefined;
  return text
    .split('\0')
    .find((entry) => entry.startsWith(`${markerVariable}=`))
    ?.slice(markerVariable.length + 1);
};

/** The name of a process's program, cut to 15 characters by the system; undefined when there is no such process. */
export const nameOf = (pid: number): string | undefined => readText(`/proc/${pid}/comm`)?.trim();

/** All processes that carry a marker of this engine. Without /proc: none, and what left its group is not found. */
export const markedProcesses = (
  engineId: string,
): readonly { readonly pid: number; readonly marker: string }[] =>
  processIds().flatMap((pid) => {
    const marker = markerOf(pid);
    return marker?.startsWith(`${engineId}.`) ? [{ pid, marker }] : [];
  });

/**
 * Sends a signal to a process group.
 * @returns whether there was anything to send it to
 */
export const signalGroup = (leader: number, signal: NodeJS.Signals): boolean => signalTo(-leader, signal);

/** Sends a signal to one process, or with a negative number to a group; false when there is none. */
export const signalTo = (pid: number, signal: NodeJS.Signals): boolean => {
  // 0 and 1 name the caller's own group and everything: no mistake may ever reach them.
  if (Math.abs(pid) < 2) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
};

/** What a tree of processes has used: CPU since it began, memory now. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** USER_HZ and the page size have these values on every Linux that Node is built for. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/** The usage of each leader's process and all that came from it. One pass over the process table serves all. */
export const usageOf = (leaders: readonly number[]): ReadonlyMap<number, Usage> => {
  const stats = new Map<number, Stat>();
  for (const pid of processIds()) {
    const stat = statOf(pid);
    if (stat !== undefined) stats.set(pid, stat);
  }
  const isLeader = new Set(leaders);
  const leaderOf = (pid: number): number | undefined => {
    // A process table is a tree; the bound keeps a table that changes while it is read from leading in circles.
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
    const before = usage.get(leader) ?? { cpuSeconds: 0, memoryBytes: 0 };
    usage.set(leader, {
      cpuSeconds: before.cpuSeconds + stat.cpuTicks / ticksPerSecond,
      memoryBytes: before.memoryBytes + stat.residentPages * pageBytes,
    });
  }
  return usage;
};
