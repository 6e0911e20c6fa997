/** How this machine reaches the network: directly or by the proxies of the environment, and whom it trusts. */
import * as tls from 'node:tls';
import type { Dispatcher } from 'undici';

export interface NetworkOptions {
  /** Environment variables; HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read, in either case. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Certificates to trust beside the usual ones, as PEM. */
  readonly ca?: string | undefined;
  /** Calls to a loopback address never take a proxy: it could not reach this machine. */
  readonly isLoopback?: boolean;
}

export interface Network {
  connect(): Promise<Dispatcher>;
}

/** Few enough not to look like an attack, more than the fastest rate of the API can use. */
const connections = 32;

export const networkOf = ({ env = {}, ca, isLoopback = false }: NetworkOptions): Network => ({
  connect: async () => {
    const { Agent, EnvHttpProxyAgent } = await import('./undici.ts');
    const options = {
      connections,
      connect: ca === undefined ? {} : { ca: [...trustedByDefault(), ca] },
    };
    const httpProxy = env.http_proxy || env.HTTP_PROXY || '';
    const httpsProxy = env.https_proxy || env.HTTPS_PROXY || '';
    if (isLoopback || !(httpProxy || httpsProxy)) return new Agent(options);
    // Empty texts, not absent ones: for what is absent undici looks into the process's own environment.
    const noProxy = env.no_proxy || env.NO_PROXY || '';
    return new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy });
  },
});

/** A list of our own replaces the default one, which holds those of NODE_EXTRA_CA_CERTS only on newer Nodes. */
const trustedByDefault = (): readonly string[] =>
  'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
    ? tls.getCACertificates('default')
    : tls.rootCertificates;
