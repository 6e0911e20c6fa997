/** Closes files that the parent process left open by mistake: commands would inherit them. */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC in the octal `flags` of `/proc/PID/fdinfo`. */
const closeOnExec = 0o2000000;

/**
 * Closes every descriptor above 2 that would be inherited by a command. Those that Node and this program open are closed
 * on `exec` by their flags, so any other one comes from the parent. Linux only: other systems have no such list.
 * @returns the descriptors that were closed
 */
export const closeInheritedDescriptors = (): readonly number[] => {
  if (process.platform !== 'linux') return [];
  const inherited = readdirSync('/proc/self/fd').map(Number).filter(isInherited);
  for (const descriptor of inherited) closeSync(descriptor);
  return inherited;
};

const isInherited = (descriptor: number): boolean => {
  if (descriptor <= 2) return false;
  try {
    const [, flags = ''] =
      /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    return flags !== '' && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // It was the one that listed the directory.
    return false;
  }
};
