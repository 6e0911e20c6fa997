/** Files: mappings, redirects, mount points, and the keys to access them. */
import * as z from 'zod';
import { coded, secret } from '../action.ts';
import { natural } from './common.ts';

// The directory of a bucket ends with "/"; for a share the server alone is enough.
const remoteForm = /^(cos:\/\/[^\s/]+\/(.*\/)?|(cfs|nfs):\/\/[^\s/]+(\/.*)?)$/;
// http is for packages only: it can neither be mounted nor uploaded to.
const archiveForm = /^(cos|https?):\/\/[^\s/]+\/.*[^/]$/;

/**
 * A remote path with two error codes: one for an unsupported scheme, one for a malformed path.
 * @param mayBeEmpty whether "" is accepted: the service answers it when nothing is redirected
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
      error: coded('InvalidParameterValue.RemoteStoragePath', `It must have the form ${example}.`),
    });
};

const directories = ['cos', 'cfs', 'nfs'];
const directory = 'cos://BUCKET-APPID.cos.REGION.myqcloud.com/dir/ (with "/" at the end) or cfs://10.66.1.2/';
/** A remote directory. */
const RemotePath = remote(directories, remoteForm, directory);
const OptionalRemotePath = remote(directories, remoteForm, directory, true).optional();
/** An archive to download. */
export const PackagePath = remote(
  ['cos', 'http', 'https'],
  archiveForm,
  'cos://BUCKET-APPID.cos.REGION.myqcloud.com/dir/app.tgz',
);
/** A directory on the machine of a task: an absolute path on Linux or on a Windows drive. */
const LocalPath = z
  .string()
  .regex(
    /^(\/|[A-Za-z]:)/,
    coded('InvalidParameterValue.LocalPath', 'It must be an absolute path, such as /data/input/ or H:\\.'),
  );

const fileName = (stream: string) =>
  z
    .string()
    .optional()
    .describe(
      `File name of ${stream}; may contain \${BATCH_JOB_ID}, \${BATCH_TASK_NAME}, \${BATCH_TASK_INSTANCE_INDEX}.`,
    );

export const RedirectInfo = z.strictObject({
  StdoutRedirectPath: OptionalRemotePath.describe(
    'Remote directory for standard output, such as cos://…/logs/.',
  ),
  StderrRedirectPath: OptionalRemotePath.describe(
    'Remote directory for standard error, such as cos://…/logs/.',
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
  DestinationPath: LocalPath.describe('Absolute path to mount it at.'),
  MountOptionParameter: z
    .string()
    .optional()
    .describe('Options of the mount program, such as -oallow_other.'),
  MountType: z.enum(['COSFS', 'GooseFS-Lite']).optional().describe('Mount program for buckets.'),
});

export const OutputMappingOption = z.strictObject({
  Workspace: z
    .enum(['BATCH_WORKSPACE', 'GLOBAL_WORKSPACE'])
    .optional()
    .describe(
      'With Docker, what the container sees of the machine: a directory of the job (default), or the whole file system.',
    ),
});

export const OutputMapping = z.strictObject({
  SourcePath: LocalPath.describe(
    'Absolute path of the directory the command writes to; created automatically.',
  ),
  DestinationPath: RemotePath.describe('Remote directory it is uploaded to after the instance ends.'),
  OutputMappingOption: OutputMappingOption.optional().describe('Options for Docker.'),
});

export const OutputMappingConfig = z.strictObject({
  Scene: z.string().describe('Kind of storage: COS.'),
  WorkerNum: natural().describe('Parallel uploads.'),
  WorkerPartSize: natural().describe('Part size of each upload in MB.'),
});

export const Authentication = z.strictObject({
  Scene: z.string().describe('Kind of storage: COS.'),
  SecretId: z.string().describe('SecretId of the owner of the bucket.'),
  SecretKey: secret('Its SecretKey.'),
});

export const MountDataDisk = z.strictObject({
  LocalPath: LocalPath.describe('Mount point: an absolute path; on Windows a drive such as H:\\.'),
  FileSystemType: z.string().optional().describe('File system: EXT3 (default) or EXT4; on Windows NTFS.'),
});
