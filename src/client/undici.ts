/** What is used of undici. A file of its own, so that the bundle has it as one chunk, with names, loaded at the first call. */
export { Agent, EnvHttpProxyAgent } from 'undici';
