/**
 * Checks a SharedKey signature for the test service. Written from the vendor's documentation, independent of the program's
 * signer, so that an error in one is not repeated in the other.
 * https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** @returns what is wrong with the signature, or undefined */
export const sharedKeyProblem = (
  request: IncomingMessage,
  account: string,
  key: string,
  now: number,
): string | undefined => {
  const [scheme, credential = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'SharedKey') return 'The scheme is not SharedKey.';
  const [name, signature = ''] = credential.split(':');
  if (name !== account) return 'The account is another one.';
  const header = (wanted: string): string => {
    const value = request.headers[wanted];
    return Array.isArray(value) ? value.join(',') : (value ?? '');
  };
  const dated = Date.parse(header('ocp-date') || header('date'));
  if (Number.isNaN(dated)) return 'There is neither ocp-date nor Date.';
  if (Math.abs(dated - now) > 15 * 60 * 1000) return 'The date is more than 15 minutes off.';

  let text = `${request.method}\n`;
  text += `${header('content-encoding')}\n`;
  text += `${header('content-language')}\n`;
  text += `${header('content-length')}\n`;
  text += `${header('content-md5')}\n`;
  text += `${header('content-type')}\n`;
  text += `${header('date')}\n`;
  text += `${header('if-modified-since')}\n`;
  text += `${header('if-match')}\n`;
  text += `${header('if-none-match')}\n`;
  text += `${header('if-unmodified-since')}\n`;
  text += `${header('range')}\n`;
  for (const custom of Object.keys(request.headers).sort()) {
    if (custom.startsWith('ocp-')) text += `${custom}:${header(custom)}\n`;
  }
  const [path = '', search = ''] = (request.url ?? '').split('?');
  text += `/${account}${path}`;
  const parameters = search
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const at = pair.indexOf('=');
      const parameter = decodeURIComponent(pair.slice(0, at)).toLowerCase();
      return [parameter, decodeURIComponent(pair.slice(at + 1))] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [parameter, value] of parameters) text += `\n${parameter}:${value}`;

  const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest();
  const got = Buffer.from(signature, 'base64');
  const isRight = expected.length === got.length && timingSafeEqual(expected, got);
  return isRight
    ? undefined
    : `The MAC signature found in the HTTP request '${signature}' is not the same as any computed signature. Server used following string to sign: '${text}'.`;
};
