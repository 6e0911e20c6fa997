/** The parts of undici in use. A separate file, so the bundle has them as one chunk that is loaded at the first call. */
export { Agent, EnvHttpProxyAgent } from 'undici';
