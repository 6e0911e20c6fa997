/** What several types and actions share: ids, names, paging, filters, tags, the place. */
import * as z from 'zod';
import { coded } from '../action.ts';
import type { ErrorCode } from '../error-codes.ts';

/** Bound of a whole number where nobody names one: what clients with 32-bit integers can hold. */
export const maxInt32 = 2_147_483_647;
/** A whole number that somebody sends, with the code for one that is too small. */
export const natural = (most = maxInt32, least = 0) =>
  z
    .int()
    .min(least, coded('InvalidParameterValue.Negative', `It must be ${least} or more.`))
    .max(most);
/** A number of things that the service tells. */
export const count = (description: string) => z.int().min(0).max(maxInt32).optional().describe(description);
/** A time that the service tells. */
export const time = (description: string) =>
  z.string().optional().describe(`${description}; UTC, YYYY-MM-DDThh:mm:ssZ.`);
/** A text that the service tells. */
export const text = (description: string) => z.string().optional().describe(description);

// An id is a prefix and eight of [0-9a-z]. No page says so, but each id the vendor prints is,
// and there is a code for one that is not.
const id = (prefix: string, code: ErrorCode, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9a-z]{8}$`), coded(code, `${what} looks like ${prefix}-1a2b3c4d.`));

export const JobId = id('job', 'InvalidParameter.JobIdMalformed', 'A JobId').describe('The job.');
export const EnvId = id('env', 'InvalidParameter.EnvIdMalformed', 'An EnvId').describe(
  'The compute environment.',
);
export const ComputeNodeId = id(
  'node',
  'InvalidParameter.ComputeNodeIdMalformed',
  'A ComputeNodeId',
).describe('The compute node.');
export const TaskTemplateId = id(
  'task-tmpl',
  'InvalidParameter.TaskTemplateIdMalformed',
  'A TaskTemplateId',
).describe('The task template.');
export const ImageId = id('img', 'InvalidParameter.ImageIdMalformed', 'An ImageId').describe(
  'Machine image, as in img-31tjrtph.',
);
/** A virtual machine. It has no code of its own for a wrong form, so any text goes through to the service. */
export const InstanceId = z.string().min(1).describe('Virtual machine, as in ins-1a2b3c4d.');

const nameCharacters = /^[A-Za-z0-9_-]+$/;

/** The name a task is given. The vendor documents neither length nor characters, only a code for each. */
export const TaskName = z
  .string()
  .regex(
    nameCharacters,
    coded('InvalidParameter.TaskName', 'A TaskName has letters, digits, "_" and "-" only.'),
  )
  .max(60, coded('InvalidParameter.TaskNameTooLong', 'A TaskName has at most 60 characters.'))
  .describe('Name of the task, unique in the job.');
/** The name of a task that exists. Its characters are free, because what is not found says so with ResourceNotFound. */
export const ExistingTaskName = z
  .string()
  .min(1, coded('InvalidParameter.TaskName', 'A TaskName is not empty.'))
  .max(200, coded('InvalidParameter.TaskNameTooLong', 'No TaskName is so long.'))
  .describe('Name of the task.');
export const TaskInstanceIndex = natural().describe('Index of the instance in its task, from 0.');

export const JobName = z
  .string()
  .max(60, coded('InvalidParameter.JobNameTooLong', 'A JobName has at most 60 characters.'))
  .describe('Name for people.');
export const JobDescription = z
  .string()
  .max(200, coded('InvalidParameter.JobDescriptionTooLong', 'A JobDescription has at most 200 characters.'))
  .describe('What the job is for.');
export const EnvName = z
  .string()
  .max(60, coded('InvalidParameter.EnvNameTooLong', 'An EnvName has at most 60 characters.'))
  .describe('Name of the environment for people.');
export const EnvDescription = z
  .string()
  .max(200, coded('InvalidParameter.EnvDescriptionTooLong', 'An EnvDescription has at most 200 characters.'))
  .describe('What the environment is for.');

// Some limits are documented in bytes: a text in Chinese has a third as many characters.
const utf8 = new TextEncoder();
/** A text of at most so many bytes. */
export const bytes = (most: number, error: string) =>
  z.string().refine((value) => utf8.encode(value).length <= most, { error });

export const TaskTemplateName = z
  .string()
  .regex(
    nameCharacters,
    coded('InvalidParameter.TaskTemplateName', 'A TaskTemplateName has letters, digits, "_" and "-" only.'),
  )
  .max(60, coded('InvalidParameter.TaskTemplateNameTooLong', 'A TaskTemplateName has at most 60 bytes.'))
  .describe('Name of the template.');
export const TaskTemplateDescription = bytes(
  200,
  coded(
    'InvalidParameter.TaskTemplateDescriptionTooLong',
    'A TaskTemplateDescription has at most 200 bytes.',
  ),
).describe('What the template is for; at most 200 bytes.');

export const ClientToken = z
  .string()
  .regex(/^[ -~]{1,64}$/, 'A ClientToken has 1 to 64 ASCII characters.')
  .describe('Makes sending twice do it once; made for you when absent.');
export const Region = z.string().describe('Region, as in ap-guangzhou; default: the configured one.');

export const Offset = z.int().min(0).max(maxInt32).describe('How many to skip; default 0.');
/**
 * How many to return.
 * @param usual what the service takes when it is absent
 * @param most the documented maximum
 */
export const limit = (usual: number, most: number) =>
  z.int().min(1).max(most).describe(`How many to return; default ${usual}.`);

/**
 * A list of ids.
 * @param item the schema of one
 * @param what what they name, in the plural: `jobs`
 * @param most the documented maximum
 */
export const idsOf = <S extends z.ZodString>(item: S, what: string, most: number) =>
  z.array(item).min(1).max(most).describe(`Ids of the ${what}, at most ${most}.`);

// There is a code for too many filters and values, but no page says how many; a page of ids must fit.
const maxFilters = 10;
const maxValues = 100;
const tooMany = (what: string, most: number) =>
  coded('InvalidParameterValue.LimitExceeded', `There are at most ${most} ${what}.`);

const filterOf = (Name: z.ZodString) =>
  z.strictObject({
    Name,
    Values: z
      .array(z.string())
      .min(1, coded('InvalidParameterValue.InvalidFilter', 'A filter has at least one value.'))
      .max(maxValues, tooMany('values in a filter', maxValues))
      .describe('Matches when any of these does.'),
  });

/** The free form, for what the catalogue does not narrow down by `filters`. */
export const Filter = filterOf(z.string().describe('What to filter by.'));
const namesPattern = (names: readonly string[]) =>
  new RegExp(`^(${names.map((name) => name.replace('KEY', '.+')).join('|')})$`);

/**
 * One filter out of those an action knows.
 * @param names the names; `tag:KEY` stands for any tag's key
 * @param code what an unknown name is answered with
 */
export const filter = (names: readonly string[], code: ErrorCode = 'InvalidFilter') =>
  filterOf(
    z
      .string()
      .regex(namesPattern(names), coded(code, `The filters here are: ${names.join(', ')}.`))
      .describe('What to filter by.'),
  ).describe('Which ones.');

/**
 * The filters an action knows. All must match; of the values of one, any.
 * @param names as in `filter`
 * @param code as in `filter`
 */
export const filters = (names: readonly string[], code: ErrorCode = 'InvalidFilter') =>
  z
    .array(filter(names, code))
    .max(maxFilters, tooMany('filters', maxFilters))
    .describe('Which ones: each filter must match.');

export const Tag = z.strictObject({
  Key: z.string().describe('Name of the tag.'),
  Value: z.string().describe('What the tag says.'),
});
/** At most ten, as documented for jobs and environments. */
export const Tags = z.array(Tag).max(10).describe('At most 10, each {Key, Value}.');

export const Placement = z.strictObject({
  Zone: z.string().min(1).describe('Zone, as in ap-guangzhou-3.'),
  ProjectId: z
    .int()
    .min(0)
    .max(maxInt32)
    .optional()
    .describe('Project that owns the machines; absent: the default project.'),
  HostIds: z.array(z.string()).optional().describe('Dedicated hosts the machines may be made on.'),
  HostId: z.string().optional().describe('Dedicated host the machine is on; only in answers.'),
  DedicatedResourcePackTenancy: z
    .string()
    .optional()
    .describe('How reserved capacity is used: ResourcePool.'),
  DedicatedResourcePackIds: z
    .array(z.string())
    .optional()
    .describe('Reserved capacity to use, as in rpp-7eumgm3l; needs DedicatedResourcePackTenancy.'),
  RackId: z.string().optional().describe('Rack the machine is in; only in answers.'),
});
