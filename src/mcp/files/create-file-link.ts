/** CreateFileLink: a link that anyone can use to read one object, for a limited time. */
import { cosObjectOf, cosUrlOf } from '../../client/cos/cos-object.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { ToolAnswer, ToolContext } from '../contract/tool.ts';
import { sizeTextOf } from '../render/size.ts';
import type { FileOptions } from './file-options.ts';
import type { LinkInput } from './inputs.ts';
import { headObject, storageOf } from './stored-path.ts';

const defaultMinutes = 15;

/** @throws ConfigError without --file-links, InputError, ApiError, TransportError */
export const createFileLink = async (
  { path, minutes = defaultMinutes }: LinkInput,
  context: ToolContext,
  { links }: FileOptions,
): Promise<ToolAnswer> => {
  if (!links)
    throw new ConfigError('Links are not allowed here: the server has to be started with --file-links.');
  const storage = await storageOf(context);
  const object = cosObjectOf(path, 'CreateFileLink', 'path');
  const { size } = await headObject(storage, object, 'CreateFileLink', context.signal);
  const link = await storage.link(object, minutes * 60);
  return {
    summary: `A link to ${cosUrlOf(object)} (${sizeTextOf(size)}), valid for ${minutes} minutes.`,
    fields: {
      path: cosUrlOf(object),
      size,
      validUntil: new Date(context.now() + minutes * 60_000).toISOString(),
      notice:
        'Anyone who has the link can read this object until then; with temporary keys it ends with them.',
    },
    link,
  };
};
