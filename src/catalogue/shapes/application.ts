/** What a task runs: a command, a package, a Docker image. */
import * as z from 'zod';
import { coded, rule, secret } from '../action.ts';
import { PackagePath } from './storage.ts';

export const CommandLine = z.strictObject({
  Command: z.string().describe('Shell command of one of the processes.'),
});

export const Docker = z.strictObject({
  Image: z
    .string()
    .min(1)
    .describe('Image: user/repo:tag of Docker Hub, or ccr.ccs.tencentyun.com/namespace/repo:tag.'),
  User: z.string().optional().describe('User of the registry; none for public images.'),
  Password: secret('Password of that user.').optional(),
  Server: z.string().optional().describe('Registry; default Docker Hub, else ccr.ccs.tencentyun.com.'),
  MaxRetryCount: z
    .int()
    .min(0, coded('InvalidParameterValue.Negative', 'It must be 0 or more.'))
    .max(10, coded('InvalidParameterValue.MaxRetryCount', 'An image is pulled again at most 10 times.'))
    .optional()
    .describe('How often pulling the image is tried again; default 0.'),
  DelayOnRetry: z.int().min(1).max(360).optional().describe('Seconds between these tries.'),
  DockerRunOption: z.string().optional().describe('Options for docker run, as in -u root.'),
});

export const Application = rule(
  z.strictObject({
    DeliveryForm: z
      .enum(['PACKAGE', 'LOCAL'])
      .describe('LOCAL: already on the machine or image. PACKAGE: fetch PackagePath first.'),
    Command: z.string().optional().describe('Shell command; or else Commands.'),
    PackagePath: PackagePath.optional().describe('Archive (.tgz) to fetch and unpack: cos:// or http(s)://.'),
    Docker: Docker.optional().describe('Run inside a Docker image: {Image}.'),
    Commands: z
      .array(CommandLine)
      .optional()
      .describe('[{Command}, …] of tightly coupled processes; or else Command.'),
  }),
  {
    code: 'InvalidParameter.InvalidParameterCombination',
    text: 'Give exactly one of Command and Commands.',
    path: 'Command',
    holds: ({ Command, Commands = [] }) => (Command === undefined) !== (Commands.length === 0),
  },
  {
    code: 'InvalidParameterValue.RemoteStoragePath',
    text: 'DeliveryForm PACKAGE needs a PackagePath.',
    path: 'PackagePath',
    holds: ({ DeliveryForm, PackagePath }) => DeliveryForm !== 'PACKAGE' || PackagePath !== undefined,
  },
);
