/** Gives a tree another owner. */
import { chown, lchown } from 'node:fs/promises';
import { entriesOf, type OpenDirectory, openBeneath, openIn } from '../../../shared/beneath.ts';
import type { JobUser } from '../../settings.ts';

/**
 * Changes the owner of a directory and of everything in it, links not followed. The directory itself comes last, so that
 * an interrupted change is recognized and repeated.
 * @throws Error with the system's code
 */
export const changeOwner = async (path: string, user: JobUser): Promise<void> => {
  const directory = await openBeneath(path, []);
  await changeIn(directory, user).finally(() => directory.close());
  await chown(path, user.uid, user.gid);
};

const changeIn = async (directory: OpenDirectory, user: JobUser): Promise<void> => {
  for (const { name, kind } of await entriesOf(directory)) {
    await lchown(directory.at(name), user.uid, user.gid);
    if (kind !== 'directory') continue;
    const inner = await openIn(directory, name);
    await changeIn(inner, user).finally(() => inner.close());
  }
};
