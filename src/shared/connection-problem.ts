/** Explains why no connection was established: TLS, name resolution, proxies. */
import { errorCodeOf } from './error-code.ts';

export interface ConnectionProblem {
  /** A phrase that names the address, the cause and the remedy; without a final period. */
  readonly message: string;
  /** Whether a retry fails in the same way, so that none is made. */
  readonly isPermanent: boolean;
}

/** @param origin scheme, host and port of the call, which may go through a proxy */
export const connectionProblemOf = (error: unknown, origin: string): ConnectionProblem => {
  const code = errorCodeOf(error);
  const message =
    proxyProblemOf(error, origin) ?? certificateProblemOf(code, origin) ?? addressProblemOf(code, origin);
  return message === undefined
    ? {
        message: `no connection to ${origin}${inParentheses(code)}: check the address, the network and the proxy`,
        isPermanent: false,
      }
    : // A resolver that is busy (EAI_AGAIN) may answer the next time.
      { message: `${message}`, isPermanent: code !== 'EAI_AGAIN' };
};

const inParentheses = (code: string | undefined): string => (code === undefined ? '' : ` (${code})`);

/** The variable that sets the proxy of an address. */
const proxyVariableOf = (origin: string): string =>
  origin.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY or HTTPS_PROXY';

const proxyProblemOf = (error: unknown, origin: string): string | undefined => {
  const variable = proxyVariableOf(origin);
  const code = errorCodeOf(error);
  // undici reports a refused CONNECT only in this text.
  const status = error instanceof Error ? /^Proxy response \((\d{3})\)/.exec(error.message)?.[1] : undefined;
  if (status === '407') {
    // Not as an example: credentials in a URL would be masked in the answer, like real ones.
    return `the proxy of ${variable} requires a login (407 Proxy Authentication Required): write user and password into ${variable} before the host of the proxy, with a colon between them and an @ after them`;
  }
  if (status !== undefined) {
    return `the proxy of ${variable} refused the connection to ${origin} with status ${status}: ask its operator to allow this host, or list it in NO_PROXY`;
  }
  const failed = addressOf(error);
  if (failed === undefined || !URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (failed.port !== undefined && failed.port !== port) {
    return `the proxy of ${variable} cannot be reached${inParentheses(code)}: check its address and port`;
  }
  if (failed.hostname !== undefined && failed.hostname !== url.hostname) {
    return `the host of the proxy of ${variable} was not found${inParentheses(code)}: check its address`;
  }
  return undefined;
};

/** What Node could not connect to or resolve, if the error says so. */
const addressOf = (error: unknown): { readonly port?: string; readonly hostname?: string } | undefined => {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  if (!(inner instanceof Error)) return undefined;
  const { port, hostname } = inner as Error & { readonly port?: unknown; readonly hostname?: unknown };
  return {
    ...(typeof port === 'number' && { port: String(port) }),
    ...(typeof hostname === 'string' && { hostname }),
  };
};

const certificateProblemOf = (code: string | undefined, origin: string): string | undefined => {
  const named = inParentheses(code);
  switch (code) {
    case undefined:
      return undefined;
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${origin} has expired${named}: check the clock of this machine; if it is right, the operator of the host has to renew the certificate`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${origin} is not valid yet${named}: check the clock of this machine`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${origin} belongs to another host${named}: check the address; a proxy or firewall may answer in its place`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `the certificate of ${origin} is self-signed${named}: if the host is yours, pass the certificate with --ca`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `the certificate of ${origin} is from an authority that is not trusted here${named}, for instance of a company's proxy: pass the authority's certificate with --ca`;
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `the authority of the certificate of ${origin} is unknown${named}: pass the authority's certificate with --ca, or have the host send its intermediate certificate`;
    case 'CERT_REVOKED':
      return `the certificate of ${origin} has been revoked${named}: its operator has to replace it`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${origin} does not speak TLS${named}: check port and scheme (http:// or https://)`;
    default:
      if (/^ERR_SSL_/.test(code)) return `the TLS handshake with ${origin} failed${named}`;
      return /CERT|CRL|ISSUER|SIGNED|ERR_TLS/.test(code)
        ? `the certificate of ${origin} cannot be verified${named}`
        : undefined;
  }
};

const addressProblemOf = (code: string | undefined, origin: string): string | undefined => {
  if (code === 'ECONNREFUSED') {
    return `${origin} refuses connections (${code}): check that it is running and that the port is correct`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `the host of ${origin} was not found (${code}): check the address and the network`;
  }
  return undefined;
};
