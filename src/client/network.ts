/** How this machine reaches the network: directly or through the proxies of the environment, and which certificates it trusts. */
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { ConfigError } from '../shared/errors.ts';
import { proxiesOf } from './proxy.ts';

export interface NetworkOptions {
  /** Environment variables; HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read, in either case. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Certificates to trust in addition to the default ones, as PEM. */
  readonly ca?: string | undefined;
  /** Calls to a loopback address never use a proxy: it could not reach this machine. */
  readonly isLoopback?: boolean;
  /** Opens every connection, in place of one to the host of the address: the local engine's Unix socket. */
  readonly openSocket?: (() => Promise<Socket>) | undefined;
}

export interface Network {
  /** @throws ConfigError when a proxy or a certificate is not valid */
  connect(): Promise<Dispatcher>;
}

/** Few enough not to look like an attack, more than the highest rate of the API can use. */
const connections = 32;

export const networkOf = ({ env = {}, ca, isLoopback = false, openSocket }: NetworkOptions): Network => ({
  connect: async () => {
    const { Agent, EnvHttpProxyAgent } = await import('./undici.ts');
    if (openSocket !== undefined) return new Agent({ connections, connect: connectorOf(openSocket) });
    const trust = ca === undefined ? {} : { ca: [...trustedByDefault(), certificatesOf(ca)] };
    const options = { connections, connect: trust };
    // Not read for this machine, so that a malformed proxy does not affect the local engine.
    if (isLoopback) return new Agent(options);
    const proxies = proxiesOf(env);
    if (!(proxies.httpProxy || proxies.httpsProxy)) return new Agent(options);
    return new EnvHttpProxyAgent({
      ...options,
      // Behind a proxy undici opens the TLS connection itself and uses these instead of `connect`.
      requestTls: trust,
      proxyTls: trust,
      // Empty strings instead of absent ones: for those undici reads the environment of the process.
      ...proxies,
    });
  },
});

const connectorOf =
  (openSocket: () => Promise<Socket>): buildConnector.connector =>
  (_options, callback) => {
    openSocket().then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };

const certificatesOf = (ca: string): string => {
  if (ca.includes('-----BEGIN CERTIFICATE-----')) return ca;
  throw new ConfigError(
    'The file of --ca contains no certificate in PEM form (-----BEGIN CERTIFICATE-----).',
  );
};

/** A list given to undici replaces the default list, which includes NODE_EXTRA_CA_CERTS only on newer versions of Node. */
const trustedByDefault = (): readonly string[] =>
  'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
    ? tls.getCACertificates('default')
    : tls.rootCertificates;
