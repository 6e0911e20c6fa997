/** How large environment variables may be. Pure. */

/** What Linux accepts in one variable (MAX_ARG_STRLEN), and in all of them: a quarter of the usual 8 MiB stack. */
const maxVariableBytes = 128 * 1024;
const maxVariablesBytes = 2 * 1024 ** 2;

/** Whether a program can be started with these variables, given as names and values. */
export const fitVariables = (variables: readonly (readonly [string, string])[]): boolean => {
  // Each is stored as NAME=VALUE with a NUL behind it.
  const sizes = variables.map(([name, value]) => Buffer.byteLength(`${name}=${value}`) + 1);
  return (
    sizes.every((size) => size <= maxVariableBytes) &&
    sizes.reduce((sum, size) => sum + size, 0) <= maxVariablesBytes
  );
};
