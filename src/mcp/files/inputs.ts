/** What the file tools take. */
import * as z from 'zod';
import { defaultMaxMb, highestMaxMb } from './sizes.ts';

const stored = (what: string) => z.string().max(1200).describe(what);
const local = (what: string) => z.string().min(1).max(4096).describe(what);
const maxMb = z.int().min(1).max(highestMaxMb).optional().describe(`Limit in MB; default ${defaultMaxMb}.`);
const overwrite = z.boolean().optional().describe('Replace files that exist.');
const dryRun = z.boolean().optional().describe('Only list what would be transferred.');

export const listInput = z.strictObject({
  path: stored('cos:// directory with "/" at the end; default: the allowed buckets.').optional(),
  recursive: z.boolean().optional(),
  cursor: z.string().max(1200).optional().describe('From the previous answer.'),
});

/** Inline text has a ceiling: a longer one belongs into a file. */
export const maxInlineBytes = 65_536;

export const readInput = z.strictObject({
  path: stored('cos:// object.'),
  offset: z.int().optional().describe('First byte; negative counts from the end.'),
  length: z.int().min(1).max(maxInlineBytes).optional(),
});

export const fetchInput = z.strictObject({
  path: stored('cos:// object, or directory with "/" at the end.'),
  to: local('Local directory; default: that of --files-dir.').optional(),
  overwrite,
  maxMb,
  dryRun,
});

export const stageInput = z.strictObject({
  from: local('Local file or directory, relative to --files-dir; "." is all of it.'),
  to: stored(
    'cos:// object, or directory with "/" at the end; default: staged/ in the first allowed bucket.',
  ).optional(),
  pack: z.boolean().optional().describe('A directory as one .tgz (default), or as single objects.'),
  overwrite,
  maxMb,
  dryRun,
});

const maxLinkMinutes = 720;

export const linkInput = z.strictObject({
  path: stored('cos:// object.'),
  minutes: z.int().min(1).max(maxLinkMinutes).optional().describe('Default 15.'),
});

export type ListInput = z.output<typeof listInput>;
export type ReadInput = z.output<typeof readInput>;
export type FetchInput = z.output<typeof fetchInput>;
export type StageInput = z.output<typeof stageInput>;
export type LinkInput = z.output<typeof linkInput>;
