/** Recognizes host names of this machine. */

/** @param hostname in the form of `URL.hostname`: lower case, IPv6 in brackets, no port */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);
