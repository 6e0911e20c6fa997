/** Where files come from and go to: mappings, redirects, mount points, and who may read them. */
import * as z from 'zod';
import { coded, secret } from '../action.ts';
import { natural } from './common.ts';

// A bucket's directory ends with "/"; of a share only the server must be named.
const remoteForm = /^(cos:\/\/[^\s/]+\/(.*\/)?|(cfs|nfs):\/\/[^\s/]+(\/.*)?)$/;
// http belongs to packages alone: nothing can be mounted or uploaded there.
const archiveForm = /^(cos|https?):\/\/[^\s/]+\/.*[^/]$/;

/**
 * A remote path with its two codes: one for a wrong scheme, one for a wrong rest.
 * Empty is taken where `mayBeEmpty`: the service answers so where nothing is redirected.
 */
const remote = (schemes: readonly string[], form: RegExp, example: string, mayBeEmpty = false) => {
  const hasScheme = (path: string) => schemes.some((scheme) => path.startsWith(`${scheme}://`));
  return z
    .string()
    .refine((path) => hasScheme(path) || (mayBeEmpty && path === ''), {
      error: coded(
        'InvalidParameterValue.RemoteStorageSchemeType',
        `It must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}.`,
      ),
    })
    .refine((path) => !hasScheme(path) || form.test(path), {
      error: coded('InvalidParameterValue.RemoteStoragePath', `It must look like ${example}.`),
    });
};

const directories = ['cos', 'cfs', 'nfs'];
const directory = 'cos://BUCKET-APPID.cos.REGION.myqcloud.com/dir/ (with "/" at the end) or cfs://10.66.1.2/';
/** A remote directory. */
export const RemotePath = remote(directories, remoteForm, directory);
const OptionalRemotePath = remote(directories, remoteForm, directory, true).optional();
/** An archive to fetch. */
export const PackagePath = remote(
  ['cos', 'http', 'https'],
  archiveForm,
  'cos://BUCKET-APPID.cos.REGION.myqcloud.com/dir/app.tgz',
);
/** A directory on the machine of a task: Linux, or a Windows drive. */
export const LocalPath = z
  .string()
  .regex(
    /^(\/|[A-Za-z]:)/,
    coded('InvalidParameterValue.LocalPath', 'It must be an absolute path, as in /data/input/ or H:\\.'),
  );

const fileName = (stream: string) =>
  z
    .string()
    .optional()
    .describe(
      `File name for ${stream}; may hold \${BATCH_JOB_ID}, \${BATCH_TASK_NAME}, \${BATCH_TASK_INSTANCE_INDEX}.`,
    );

export const RedirectInfo = z.strictObject({
  StdoutRedirectPath: OptionalRemotePath.describe(
    'Remote directory for standard output, as in cos://…/logs/.',
  ),
  StderrRedirectPath: OptionalRemotePath.describe(
    'Remote directory for standard error, as in cos://…/logs/.',
  ),
  StdoutRedirectFileName: fileName('standard output (default stdout.JOB.TASK.INDEX.log)'),
  StderrRedirectFileName: fileName('standard error (default stderr.JOB.TASK.INDEX.log)'),
});

export const RedirectLocalInfo = z.strictObject({
  StdoutLocalPath: LocalPath.optional().describe("Directory on the task's machine for standard output."),
  StderrLocalPath: LocalPath.optional().describe("Directory on the task's machine for standard error."),
  StdoutLocalFileName: fileName('standard output'),
  StderrLocalFileName: fileName('standard error'),
});

export const InputMapping = z.strictObject({
  SourcePath: RemotePath.describe(
    'Remote directory to mount: cos://BUCKET-APPID.cos.REGION.myqcloud.com/dir/ or cfs://10.66.1.2/.',
  ),
  DestinationPath: LocalPath.describe('Where the command finds it; absolute.'),
  MountOptionParameter: z.string().optional().describe('Options for the mount program, as in -oallow_other.'),
  MountType: z.enum(['COSFS', 'GooseFS-Lite']).optional().describe('Program that mounts a bucket.'),
});

export const OutputMappingOption = z.strictObject({
  Workspace: z
    .enum(['BATCH_WORKSPACE', 'GLOBAL_WORKSPACE'])
    .optional()
    .describe(
      "With Docker, what of the machine the container sees: a directory of the job's own (default), or the whole system.",
    ),
});

export const OutputMapping = z.strictObject({
  SourcePath: LocalPath.describe('Directory the command writes to; it is made for you; absolute.'),
  DestinationPath: RemotePath.describe('Remote directory it is uploaded to when the instance has ended.'),
  OutputMappingOption: OutputMappingOption.optional().describe('How it is done with Docker.'),
});

export const OutputMappingConfig = z.strictObject({
  Scene: z.string().describe('Kind of storage: COS.'),
  WorkerNum: natural().describe('Parallel uploads.'),
  WorkerPartSize: natural().describe('Size of the part each upload sends at a time, in MB.'),
});

export const Authentication = z.strictObject({
  Scene: z.string().describe('What it opens: COS.'),
  SecretId: z.string().describe('SecretId of the account that owns the bucket.'),
  SecretKey: secret('SecretKey that belongs to it.'),
});

export const MountDataDisk = z.strictObject({
  LocalPath: LocalPath.describe('Mount point: an absolute path, on Windows a drive such as H:\\.'),
  FileSystemType: z.string().optional().describe('File system: EXT3 (default) or EXT4; on Windows NTFS.'),
});
