/** Who may talk to the engine: programs on this machine that mean to, and no web page. */

/**
 * A browser sends `Origin` with what a page sends elsewhere, and after DNS rebinding a Host that is the page's own.
 * Signatures keep such requests out as well; this keeps them from reaching that code.
 * @returns what is wrong, or nothing
 */
export const loopbackProblemOf = (
  headers: Readonly<Record<string, readonly string[] | undefined>>,
): string | undefined => {
  if (headers.origin !== undefined) return 'Requests of web pages (with an Origin header) are not served.';
  const [host = '', ...others] = headers.host ?? [];
  if (others.length > 0 || !isLoopbackHost(host)) {
    return 'The Host header must name this machine: 127.0.0.1, [::1] or localhost, with any port.';
  }
  return undefined;
};

// The vendor's command line and Python SDK send the endpoint as it was configured, scheme included.
const isLoopbackHost = (host: string): boolean =>
  /^(https?:\/\/)?(127(\.\d{1,3}){3}|\[::1\]|localhost|[a-z0-9-]+\.localhost)(:\d{1,5})?\/?$/i.test(host);
