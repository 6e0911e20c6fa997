/** Whether commands can be shut in on this machine, decided once at start. */
import type { SandboxVerdict } from '../settings.ts';

/** What the person asked for. */
export type SandboxWish = 'auto' | 'bwrap' | 'none';

/**
 * Decides how commands run.
 * @param wish `none` is a person's word that commands may run as plain processes
 */
export const decideSandbox = (
  wish: SandboxWish,
  network: boolean,
  _place: { readonly dataDir: string },
): SandboxVerdict =>
  wish === 'none'
    ? {
        mode: 'none',
        reason: 'commands run as plain processes of the user who started the engine; nothing shuts them in',
        network: true,
      }
    : {
        mode: 'refuse',
        reason:
          'no sandbox shuts commands in. If they may run as plain processes of your user, start the engine with ' +
          '`--sandbox none`.',
        network,
      };
