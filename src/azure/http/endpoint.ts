/** Which endpoints may be called: the configured one and those the operator allowed. Tokens go nowhere else. */
import { ConfigError, InputError } from '../../shared/errors.ts';
import type { AzureSettings } from '../settings.ts';

export interface Endpoint {
  /** Scheme, host and port, without a trailing slash. */
  readonly url: string;
  readonly host: string;
  readonly isLoopback: boolean;
  /** Scope of the token; absent if only a key is accepted. */
  readonly scope?: string;
  /** Sign-in authority, in clouds that have a separate one. */
  readonly authorityHost?: string;
}

interface Cloud {
  readonly suffix: string;
  readonly scope: string;
  readonly authorityHost?: string;
}

// The scope is the audience plus `/.default`, and the audience ends in a slash: hence the double slash.
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
 * @throws ConfigError unless it is a Batch host over https, or a loopback address over http together with a key
 */
export const configuredEndpoint = (settings: AzureSettings): Endpoint => {
  if (settings.problem !== undefined) throw new ConfigError(settings.problem);
  const read = readEndpoint(settings.endpoint);
  if (typeof read === 'string') {
    throw new ConfigError(`The Azure endpoint (--azure-endpoint, AZURE_BATCH_ENDPOINT) is invalid: ${read}`);
  }
  if (read.isLoopback && !settings.accessKey) {
    throw new ConfigError(
      'The Azure endpoint is a loopback address over http, to which tokens are never sent. Set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.',
    );
  }
  if (read.isLoopback && !settings.account) {
    throw new ConfigError('A loopback address does not contain the account name. Set AZURE_BATCH_ACCOUNT.');
  }
  if (settings.accessKey && !/^[A-Za-z0-9+/]+={0,2}$/.test(settings.accessKey)) {
    throw new ConfigError('AZURE_BATCH_ACCESS_KEY is not base64. Copy the key from the portal.');
  }
  for (const entry of settings.allowedHosts ?? []) {
    if (!clouds.some(({ suffix }) => entry.toLowerCase().endsWith(suffix))) {
      throw new ConfigError(
        `The allowed Azure host '${entry}' is not a Batch host: it must end in ${suffixes}.`,
      );
    }
  }
  return read;
};

/** The name of the account that the key belongs to. */
export const accountOf = (settings: AzureSettings, endpoint: Endpoint): string =>
  settings.account ?? endpoint.host.split('.')[0] ?? '';

/**
 * The endpoint of one call.
 * @param requested the argument `Endpoint`, if given
 * @throws InputError if it is neither the configured endpoint nor allowed, ConfigError if the configuration is invalid
 */
export const endpointOf = (settings: AzureSettings, requested: string | undefined): Endpoint => {
  const own = configuredEndpoint(settings);
  if (requested === undefined) return own;
  const read = readEndpoint(requested);
  const refuse = (message: string): never => {
    throw new InputError('Endpoint', [
      { path: 'Endpoint', message: `${message} Omit it to use ${own.url}.` },
    ]);
  };
  if (typeof read === 'string') return refuse(read);
  if (read.url === own.url) return own;
  if (!isAllowed(read.host, settings.allowedHosts ?? [])) {
    return refuse(
      `${read.host} is neither the configured endpoint nor a host the operator allowed (--azure-allowed-hosts).`,
    );
  }
  if (settings.accessKey) {
    return refuse(`The configured key belongs to ${own.host}; other accounts need an Entra ID sign-in.`);
  }
  return read;
};

const isAllowed = (host: string, allowed: readonly string[]): boolean =>
  allowed.some((entry) => {
    const name = entry.toLowerCase();
    return name.startsWith('.') ? host.endsWith(name) : host === name;
  });

/** @returns the endpoint, or what is wrong with the text */
const readEndpoint = (text: string): Endpoint | string => {
  if (!URL.canParse(text)) return 'it is not a URL such as https://account.region.batch.azure.com.';
  const url = new URL(text);
  if (url.username || url.password) return 'it contains a user name or password.';
  if (url.pathname !== '/' || url.search || url.hash) return 'it must not have a path, query or fragment.';
  if (url.protocol === 'http:' && isLoopbackName(url.hostname)) {
    return { url: url.origin, host: url.host, isLoopback: true };
  }
  if (url.protocol !== 'https:') return 'it must begin with https://.';
  const cloud = clouds.find(({ suffix }) => url.hostname.endsWith(suffix));
  // Another port would be another program on that host.
  if (!cloud || url.port) return `its host must end in ${suffixes}, without a port.`;
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
