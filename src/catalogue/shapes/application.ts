/** What a task runs: a command, a package, a Docker image. */
import * as z from 'zod';
import { coded, rule, secret } from '../action.ts';
import { PackagePath } from './storage.ts';

export const CommandLine = z.strictObject({
  Command: z.string().describe('Shell command of one process.'),
});

export const Docker = z.strictObject({
  Image: z
    .string()
    .min(1)
    .describe('Image: user/repo:tag on Docker Hub, or ccr.ccs.tencentyun.com/namespace/repo:tag.'),
  User: z.string().optional().describe('Registry user; omit for public images.'),
  Password: secret('Password of that user.').optional(),
  Server: z.string().optional().describe('Registry; default Docker Hub, else ccr.ccs.tencentyun.com.'),
  MaxRetryCount: z
    .int()
    .min(0, coded('InvalidParameterValue.Negative', 'It must be at least 0.'))
    .max(10, coded('InvalidParameterValue.MaxRetryCount', 'An image pull is retried at most 10 times.'))
    .optional()
    .describe('Retries of the image pull; default 0.'),
  DelayOnRetry: z.int().min(1).max(360).optional().describe('Seconds between these retries.'),
  DockerRunOption: z.string().optional().describe('Options for docker run, such as -u root.'),
});

export const Application = rule(
  z.strictObject({
    DeliveryForm: z
      .enum(['PACKAGE', 'LOCAL'])
      .describe('LOCAL: run the command directly. PACKAGE: download PackagePath first.'),
    Command: z.string().optional().describe('Shell command.'),
    PackagePath: PackagePath.optional().describe(
      'Archive (.tgz) to download and unpack: cos:// or http(s)://.',
    ),
    Docker: Docker.optional().describe('Run in a Docker container: {Image}.'),
    Commands: z
      .array(CommandLine)
      .optional()
      .describe('[{Command}, …] of tightly coupled processes; alternative to Command.'),
  }),
  {
    code: 'InvalidParameter.InvalidParameterCombination',
    text: 'Give exactly one of Command and Commands.',
    path: 'Command',
    holds: ({ Command, Commands = [] }) => (Command === undefined) !== (Commands.length === 0),
  },
  {
    code: 'InvalidParameterValue.RemoteStoragePath',
    text: 'DeliveryForm PACKAGE requires a PackagePath.',
    path: 'PackagePath',
    holds: ({ DeliveryForm, PackagePath }) => DeliveryForm !== 'PACKAGE' || PackagePath !== undefined,
  },
);
