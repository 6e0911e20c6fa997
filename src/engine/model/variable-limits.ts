/** How large environment variables may be. Pure. */

/** What Linux accepts in one variable (MAX_ARG_STRLEN). */
export const maxVariableBytes = 128 * 1024;
/** What Linux accepts in all of them: a quarter of the usual 8 MiB stack. */
const maxVariablesBytes = 2 * 1024 ** 2;
/** Of each variable the kernel also stores a pointer. */
const pointerBytes = 8;

/** For the variables that the service adds and those that commands inherit. */
const serviceBytes = 64 * 1024;
/** The largest EnvVars of a task. */
export const maxEnvVarsBytes = maxVariablesBytes - serviceBytes;

/**
 * Whether a program can be started with these variables, given as names and values.
 * @param maxBytes of all together
 */
export const canStartWith = (
  variables: readonly (readonly [string, string])[],
  maxBytes = maxVariablesBytes,
): boolean => {
  // Each is stored as NAME=VALUE with a NUL behind it.
  const sizes = variables.map(([name, value]) => Buffer.byteLength(`${name}=${value}`) + 1);
  return (
    sizes.every((size) => size <= maxVariableBytes) &&
    sizes.reduce((sum, size) => sum + size + pointerBytes, 0) <= maxBytes
  );
};
