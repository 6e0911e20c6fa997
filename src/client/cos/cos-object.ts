/** The address of an object: `cos://BUCKET-APPID.cos.REGION.myqcloud.com/KEY` and its parts. Pure. */
import { InputError } from '../../shared/errors.ts';

export interface CosObject {
  readonly bucket: string;
  /** Absent where the address names only the bucket; the default region applies then. */
  readonly region: string | undefined;
  /** Decoded, without a leading slash; of a directory it ends in `/`, of the whole bucket it is empty. */
  readonly key: string;
}

/** The documented limit of a key. */
const maxKeyBytes = 850;

/** Names that can be part of a host name and of a path: neither can lead a request to another host. */
export const bucketForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
export const regionForm = /^[a-z]{2,4}(?:-[a-z0-9]{1,20}){1,4}$/;
const hostForm =
  /^(?<bucket>[^./]+)(?:\.cos(?:-internal)?\.(?<region>[^./]+)\.(?:myqcloud\.com|tencentcos\.cn))?$/;

const form = 'cos://BUCKET-APPID.cos.REGION.myqcloud.com/KEY';

/**
 * What makes a key unusable, as a phrase that follows "The key"; undefined for a usable one. Parts named `.` and `..`
 * are refused although the service stores them: a proxy may resolve them, and the signature would be of another object.
 */
export const keyProblemOf = (key: string): string | undefined => {
  if (key.startsWith('/')) return 'begins with "/"';
  if (/[\p{Cc}\p{Cs}]/u.test(key)) return 'contains a control character, or is not valid Unicode';
  if (key.split('/').some((part) => part === '.' || part === '..')) return 'has "." or ".." as a part';
  if (new TextEncoder().encode(key).length > maxKeyBytes)
    return `is longer than ${maxKeyBytes} bytes, the limit of the service`;
  return undefined;
};

/** Parses an address. @returns the object, or what is wrong with the text, as a sentence */
export const parseCosUrl = (url: string): CosObject | { readonly problem: string } => {
  const [, host = '', key = ''] = /^cos:\/\/([^/]*)(?:\/([\s\S]*))?$/.exec(url) ?? [];
  const { bucket, region } = hostForm.exec(host)?.groups ?? {};
  if (bucket === undefined || !bucketForm.test(bucket) || (region !== undefined && !regionForm.test(region)))
    return { problem: `It must have the form ${form}.` };
  const problem = keyProblemOf(key);
  return problem === undefined ? { bucket, region, key } : { problem: `The key ${problem}.` };
};

/**
 * Parses an address that is an argument of a tool.
 * @param path name of the argument
 * @throws InputError
 */
export const cosObjectOf = (url: string, subject: string, path: string): CosObject => {
  const parsed = parseCosUrl(url);
  if ('problem' in parsed) throw new InputError(subject, [{ path, message: parsed.problem }]);
  return parsed;
};

/** The address of an object, in the form that jobs use. */
export const cosUrlOf = ({ bucket, region, key }: CosObject): string =>
  `cos://${bucket}${region === undefined ? '' : `.cos.${region}.myqcloud.com`}/${key}`;
