/** The params of requests: what clients send in another way is normalized, and the rest is refused in one sentence. */

type Members = Readonly<Record<string, unknown>>;

export type ReadParams = { readonly params: Members | undefined } | { readonly problem: string };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that is null is absent: clients in several languages cannot send one without the other. */
export const withoutNullMembers = (value: Members): Members =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));

/**
 * Reads the params of one request.
 * @returns the params for the SDK, whose own checks answer with dumps of its schema library; or what is wrong
 */
export const readParams = (method: string, params: unknown): ReadParams => {
  if (params === undefined || params === null) return checked(method, undefined);
  if (!isObject(params)) return { problem: `The params of ${shown(method)} have to be an object.` };
  const { _meta, ...rest } = withoutNullMembers(params);
  if (_meta !== undefined && !isObject(_meta)) return { problem: 'The member _meta has to be an object.' };
  const meta = _meta && withoutNullMembers(_meta);
  const token = meta?.progressToken;
  if (token !== undefined && typeof token !== 'string' && !Number.isSafeInteger(token)) {
    return { problem: 'The progressToken has to be a string or an integer.' };
  }
  return checked(method, { ...rest, ...(meta && { _meta: meta }) });
};

const shown = (method: string): string => JSON.stringify(method.slice(0, 100));

const checked = (method: string, params: Members | undefined): ReadParams => {
  // A method may be called `toString`.
  const read = Object.hasOwn(readers, method) ? readers[method] : undefined;
  return read === undefined ? { params } : read(params ?? {}, method);
};

type Reader = (params: Members, method: string) => ReadParams;

const needed = (method: string, name: string, kind: string): ReadParams => ({
  problem: `${method} needs ${name}, ${kind}.`,
});

/** Every list is one page, so no cursor was ever issued; an empty one asks for the first page. */
const paginated: Reader = (params, method) => {
  const { cursor, ...rest } = params;
  if (cursor === undefined || cursor === '') return { params: rest };
  return {
    problem:
      typeof cursor === 'string'
        ? `${method} issued no such cursor: its answer is complete.`
        : `The cursor of ${method} has to be a string.`,
  };
};

const withUri: Reader = (params, method) =>
  typeof params.uri === 'string' ? { params } : needed(method, 'uri', 'a string');

/** Arguments as an object; some clients send them as its JSON text. */
const argumentsOf = (params: Members): Members | undefined | 'wrong' => {
  const { arguments: args } = params;
  if (args === undefined || isObject(args)) return args;
  if (typeof args !== 'string') return 'wrong';
  if (args.trim() === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(args);
    return isObject(parsed) ? parsed : 'wrong';
  } catch {
    return 'wrong';
  }
};

const withArguments: Reader = (params, method) => {
  if (typeof params.name !== 'string') return needed(method, 'name', 'a string');
  const args = argumentsOf(params);
  if (args === 'wrong') return { problem: `The arguments of ${method} have to be an object.` };
  const { arguments: _, ...rest } = params;
  return { params: { ...rest, ...(args && { arguments: args }) } };
};

const call: Reader = (params, method) => {
  const read = withArguments(params, method);
  if ('problem' in read) return read;
  const { inputResponses, requestState } = params;
  if (requestState !== undefined && typeof requestState !== 'string') {
    return { problem: 'The requestState has to be a string.' };
  }
  if (inputResponses === undefined) return read;
  if (!isObject(inputResponses)) return { problem: 'The inputResponses have to be an object.' };
  return {
    params: {
      ...read.params,
      inputResponses: Object.fromEntries(
        Object.entries(inputResponses).map(([name, one]) => [
          name,
          isObject(one) ? withoutNullMembers(one) : one,
        ]),
      ),
    },
  };
};

const prompt: Reader = (params, method) => {
  const read = withArguments(params, method);
  if ('problem' in read) return read;
  const { arguments: args } = read.params ?? {};
  if (!isObject(args)) return read;
  const given = withoutNullMembers(args);
  const wrong = Object.keys(given).find((name) => typeof given[name] !== 'string');
  return wrong === undefined
    ? { params: { ...read.params, arguments: given } }
    : { problem: `The argument ${JSON.stringify(wrong.slice(0, 100))} of a prompt has to be a string.` };
};

const completion: Reader = (params, method) => {
  const { ref, argument, context } = params;
  const isRef =
    isObject(ref) &&
    ((ref.type === 'ref/prompt' && typeof ref.name === 'string') ||
      (ref.type === 'ref/resource' && typeof ref.uri === 'string'));
  if (!isRef) return needed(method, 'ref', 'a ref/prompt with a name or a ref/resource with a uri');
  if (!isObject(argument) || typeof argument.name !== 'string' || typeof argument.value !== 'string') {
    return needed(method, 'argument', 'an object with the strings name and value');
  }
  if (context === undefined) return { params };
  const known = isObject(context) && isObject(context.arguments) ? context.arguments : {};
  const strings = Object.fromEntries(Object.entries(known).filter(([, value]) => typeof value === 'string'));
  return { params: { ...params, context: { arguments: strings } } };
};

/** A capability is an object; `true` and the like declare it, `false` does not. */
const capabilitiesOf = (capabilities: unknown): Members =>
  isObject(capabilities)
    ? Object.fromEntries(
        Object.entries(capabilities)
          .filter(([, value]) => value !== null && value !== false)
          .map(([name, value]) => [name, isObject(value) ? withoutNullMembers(value) : {}]),
      )
    : {};

const initialize: Reader = (params, method) => {
  if (typeof params.protocolVersion !== 'string') return needed(method, 'protocolVersion', 'a string');
  const { capabilities, clientInfo } = params;
  const info = isObject(clientInfo) ? clientInfo : {};
  return {
    params: {
      ...params,
      capabilities: capabilitiesOf(capabilities),
      clientInfo: {
        name: typeof info.name === 'string' ? info.name : 'unknown',
        version: typeof info.version === 'string' ? info.version : '0',
      },
    },
  };
};

const readers: Readonly<Record<string, Reader | undefined>> = {
  initialize,
  'tools/list': paginated,
  'tools/call': call,
  'resources/list': paginated,
  'resources/templates/list': paginated,
  'resources/read': withUri,
  'resources/subscribe': withUri,
  'resources/unsubscribe': withUri,
  'prompts/list': paginated,
  'prompts/get': prompt,
  'completion/complete': completion,
  'skills/list': paginated,
  'skills/get': withUri,
};
