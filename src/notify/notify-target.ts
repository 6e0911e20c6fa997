/** Where notices go: the operator's command or address, from the text of the option. */
import { isLoopback } from '../shared/loopback.ts';
import { notifySecretVariable } from './secret-variable.ts';

export type NotifyTarget =
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] }
  | { readonly kind: 'webhook'; readonly url: URL };

/** The target, or what is wrong with the text: a phrase that follows the name of the option. */
export type ParsedTarget = { readonly target: NotifyTarget } | { readonly problem: string };

/**
 * Reads the option: a program, a JSON list of a program and its arguments, or the address of a webhook.
 * A text is never split, because a path may contain spaces, and no shell reads it.
 */
export const parseNotifyTarget = (text: string): ParsedTarget => {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return parseWebhook(text);
  return text.startsWith('[') ? parseCommand(text) : commandOf([text]);
};

const parseCommand = (text: string): ParsedTarget => {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return commandOf(value);
  } catch {
    // The problem below says what is expected.
  }
  return { problem: 'is not a JSON list of texts, such as ["/usr/local/bin/notify","--job"]' };
};

const commandOf = ([program, ...args]: readonly string[]): ParsedTarget => {
  if (!program) return { problem: 'names no program' };
  // A relative path would depend on the directory in which the engine or the server happens to run.
  if (program.includes('/') && !program.startsWith('/') && !/^[a-z]:/i.test(program)) {
    return { problem: 'has a relative path; write the full path of the program, or its name alone' };
  }
  if ([program, ...args].some((word) => word.includes('\0'))) return { problem: 'contains a NUL character' };
  return { target: { kind: 'command', argv: [program, ...args] } };
};

const parseWebhook = (text: string): ParsedTarget => {
  if (!URL.canParse(text)) return { problem: 'is not a valid URL' };
  const url = new URL(text);
  if (url.username || url.password) {
    return { problem: `holds a user or a password; notices are signed with ${notifySecretVariable} instead` };
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) {
    return { problem: 'has to begin with https://; http:// is only for this machine' };
  }
  return { target: { kind: 'webhook', url } };
};

const secretForm = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
/** As Standard Webhooks recommends: 24 to 64 bytes. */
const secretBytes = { min: 24, max: 64 };

/** The key of a secret, or what is wrong with it; never a part of it. */
export const readNotifySecret = (
  text: string | undefined,
): { readonly key: Buffer } | { readonly problem: string } => {
  if (text === undefined) return { problem: `A webhook needs a signing secret in ${notifySecretVariable}.` };
  const [, encoded = ''] = secretForm.exec(text) ?? [];
  const key = Buffer.from(encoded, 'base64');
  return key.length >= secretBytes.min && key.length <= secretBytes.max
    ? { key }
    : {
        problem: `${notifySecretVariable} has to be whsec_ followed by ${secretBytes.min} to ${secretBytes.max} bytes in Base64: printf 'whsec_%s' "$(openssl rand -base64 32)" writes one.`,
      };
};
