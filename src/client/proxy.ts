/** The proxies of the environment. */
import { ConfigError } from '../shared/errors.ts';
import { settingProblem, trimSetting } from '../shared/setting-text.ts';

export interface Proxies {
  /** Empty where there is none. */
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError that names the variable of a malformed address, never the address: it may contain a password */
export const proxiesOf = (env: Environment): Proxies => ({
  httpProxy: proxyOf(env, 'HTTP_PROXY'),
  httpsProxy: proxyOf(env, 'HTTPS_PROXY'),
  noProxy: trimSetting(env.no_proxy || env.NO_PROXY || ''),
});

const proxyOf = (env: Environment, name: 'HTTP_PROXY' | 'HTTPS_PROXY'): string => {
  const variable = env[name.toLowerCase()] ? name.toLowerCase() : name;
  const text = trimSetting(env[variable] ?? '');
  if (text === '') return '';
  const problem = settingProblem(text);
  if (problem !== undefined) throw new ConfigError(`${variable} ${problem}.`);
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(address) && isProxy(new URL(address))) return address;
  throw new ConfigError(
    `${variable} is not the address of a proxy, such as http://proxy.example.com:8080. Correct it, or unset it to connect directly.`,
  );
};

const isProxy = ({ protocol, hostname, pathname, username, password }: URL): boolean =>
  /^(https?|socks5?):$/.test(protocol) &&
  hostname !== '' &&
  (pathname === '/' || pathname === '') &&
  isDecodable(username) &&
  isDecodable(password);

/** undici decodes the credentials of a proxy, and fails on a lone percent sign. */
const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};
