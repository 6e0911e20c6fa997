/** Which objects this program may access: those of the buckets and directories that the operator lists. Pure. */
import { ConfigError, InputError } from '../../shared/errors.ts';
import { bucketForm, type CosObject, cosUrlOf, parseCosUrl } from './cos-object.ts';

/** A bucket, or a directory in it. */
export interface AllowedPrefix {
  readonly bucket: string;
  /** Absent: in every region. */
  readonly region: string | undefined;
  /** Empty for the whole bucket, else it ends in `/`. */
  readonly prefix: string;
}

const asDirectory = (key: string): string => (key === '' || key.endsWith('/') ? key : `${key}/`);

/**
 * Parses the operator's list.
 * @param items names of buckets, and `cos://` addresses of directories
 * @param logPath the value of `--log-path`
 * @throws ConfigError for an item that is neither
 */
export const allowedPrefixesOf = (items: readonly string[], logPath?: string): readonly AllowedPrefix[] => [
  ...items.map((item) => prefixOf(item, '--buckets')),
  ...(logPath === undefined ? [] : [prefixOf(logPath, '--log-path')]),
];

const prefixOf = (item: string, option: string): AllowedPrefix => {
  if (bucketForm.test(item) && option === '--buckets') return { bucket: item, region: undefined, prefix: '' };
  const parsed = parseCosUrl(item);
  if (!('problem' in parsed))
    return { bucket: parsed.bucket, region: parsed.region, prefix: asDirectory(parsed.key) };
  throw new ConfigError(
    `${option} has '${item}', which is neither the name of a bucket nor a cos:// address. ${parsed.problem}`,
  );
};

/** The directory of a RedirectInfo, as one more prefix. @returns undefined where it is no cos:// address */
export const redirectPrefixOf = (path: string): AllowedPrefix | undefined => {
  const parsed = parseCosUrl(path);
  return 'problem' in parsed
    ? undefined
    : { bucket: parsed.bucket, region: parsed.region, prefix: asDirectory(parsed.key) };
};

const isIn = (object: CosObject, { bucket, region, prefix }: AllowedPrefix): boolean =>
  object.bucket === bucket &&
  (region === undefined || object.region === region) &&
  object.key.startsWith(prefix);

/** @param object an object, or the prefix of a list: then everything that the list can return is allowed */
export const isAllowed = (object: CosObject, allowed: readonly AllowedPrefix[]): boolean =>
  allowed.some((prefix) => isIn(object, prefix));

const shownPrefixOf = ({ bucket, region, prefix }: AllowedPrefix): string =>
  region === undefined && prefix === '' ? bucket : cosUrlOf({ bucket, region, key: prefix });

/** @throws InputError that names what is allowed */
export const requireAllowed = (
  object: CosObject,
  allowed: readonly AllowedPrefix[],
  subject: string,
): void => {
  if (isAllowed(object, allowed)) return;
  const list = allowed.map(shownPrefixOf).join(', ');
  const message =
    list === ''
      ? `${cosUrlOf(object)} is not accessible: the operator has listed no bucket. The server has to be started with --buckets ${object.bucket}.`
      : `${cosUrlOf(object)} is outside the buckets that the operator allows: ${list}. The operator can add it to --buckets.`;
  throw new InputError(subject, [{ path: '', message }]);
};
