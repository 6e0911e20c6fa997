/** Which addresses may be called: the operator's own, and what the operator allowed. A token sent elsewhere is a token lost. */
import { ConfigError, InputError } from '../../shared/errors.ts';
import type { AzureSettings } from '../settings.ts';

export interface Endpoint {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly isLoopback: boolean;
  /** What a token must be for; nothing where only a key is accepted. */
  readonly scope?: string;
  /** Where to sign in, in clouds that have their own place for it. */
  readonly authorityHost?: string;
}

interface Cloud {
  readonly suffix: string;
  readonly scope: string;
  readonly authorityHost?: string;
}

// The scope is the audience plus `/.default`, and the audience itself ends in a slash: hence two of them.
// https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
const clouds: readonly Cloud[] = [
  { suffix: '.batch.azure.com', scope: 'https://batch.core.windows.net//.default' },
  {
    suffix: '.batch.chinacloudapi.cn',
    scope: 'https://batch.chinacloudapi.cn//.default',
    authorityHost: 'https://login.chinacloudapi.cn',
  },
  {
    suffix: '.batch.usgovcloudapi.net',
    scope: 'https://batch.core.usgovcloudapi.net//.default',
    authorityHost: 'https://login.microsoftonline.us',
  },
];

/**
 * The endpoint of the configuration.
 * @throws ConfigError where it is no Batch host over https, nor a loopback address over http together with a key
 */
export const configuredEndpoint = (settings: AzureSettings): Endpoint => {
  const read = readEndpoint(settings.endpoint);
  if (typeof read === 'string') {
    throw new ConfigError(
      `The Azure endpoint (--azure-endpoint, AZURE_BATCH_ENDPOINT) is not usable: ${read}`,
    );
  }
  if (read.isLoopback && !settings.accessKey) {
    throw new ConfigError(
      'The Azure endpoint is a loopback address over http, which no token is ever sent to. Set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.',
    );
  }
  if (read.isLoopback && !settings.account) {
    throw new ConfigError('A loopback address names no account. Set AZURE_BATCH_ACCOUNT.');
  }
  if (settings.accessKey && !/^[A-Za-z0-9+/]+={0,2}$/.test(settings.accessKey)) {
    throw new ConfigError('AZURE_BATCH_ACCESS_KEY is not base64. Copy the key as the portal shows it.');
  }
  for (const entry of settings.allowedHosts ?? []) {
    if (!clouds.some(({ suffix }) => entry.toLowerCase().endsWith(suffix))) {
      throw new ConfigError(
        `The allowed Azure host '${entry}' is no Batch host: it has to end in ${suffixes}.`,
      );
    }
  }
  return read;
};

/** The name of the account whose key signs. */
export const accountOf = (settings: AzureSettings, endpoint: Endpoint): string =>
  settings.account ?? endpoint.host.split('.')[0] ?? '';

/**
 * The endpoint of one call.
 * @param wanted the argument `Endpoint`, if there was one
 * @throws InputError where it is neither the configured one nor allowed, ConfigError where the configuration is wrong
 */
export const endpointOf = (settings: AzureSettings, wanted: string | undefined): Endpoint => {
  const own = configuredEndpoint(settings);
  if (wanted === undefined) return own;
  const read = readEndpoint(wanted);
  const refuse = (message: string): never => {
    throw new InputError('Endpoint', [
      { path: 'Endpoint', message: `${message} Leave it out to use ${own.url}.` },
    ]);
  };
  if (typeof read === 'string') return refuse(read);
  if (read.url === own.url) return own;
  if (!isAllowed(read.host, settings.allowedHosts ?? [])) {
    return refuse(
      `${read.host} is not the configured endpoint and not among the hosts the operator allowed (--azure-allowed-hosts).`,
    );
  }
  if (settings.accessKey) {
    return refuse(`The configured key belongs to ${own.host}; other accounts need a sign-in with Entra ID.`);
  }
  return read;
};

const isAllowed = (host: string, allowed: readonly string[]): boolean =>
  allowed.some((entry) => {
    const name = entry.toLowerCase();
    return name.startsWith('.') ? host.endsWith(name) : host === name;
  });

/** @returns the endpoint, or what is wrong with it */
const readEndpoint = (text: string): Endpoint | string => {
  if (!URL.canParse(text)) return 'it is not a URL such as https://account.region.batch.azure.com.';
  const url = new URL(text);
  if (url.username || url.password) return 'it holds a user name or password.';
  if (url.pathname !== '/' || url.search || url.hash) return 'it has to end after the host.';
  if (url.protocol === 'http:' && isLoopbackName(url.hostname)) {
    return { url: url.origin, host: url.host, isLoopback: true };
  }
  if (url.protocol !== 'https:') return 'it has to begin with https://.';
  const cloud = clouds.find(({ suffix }) => url.hostname.endsWith(suffix));
  // A port would be another program on that host.
  if (!cloud || url.port) return `its host has to end in ${suffixes}, without a port.`;
  const { scope, authorityHost } = cloud;
  return {
    url: url.origin,
    host: url.host,
    isLoopback: false,
    scope,
    ...(authorityHost === undefined ? {} : { authorityHost }),
  };
};

const suffixes = clouds.map(({ suffix }) => suffix).join(', ');

const isLoopbackName = (name: string): boolean =>
  name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
