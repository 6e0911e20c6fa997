/** Schemas that several types and actions share: ids, names, paging, filters, tags, placement. */
import * as z from 'zod';
import { coded } from '../action.ts';
import type { ErrorCode } from '../error-codes.ts';

/** Upper bound of integers without a documented one: the largest that 32-bit clients can hold. */
export const maxInt32 = 2_147_483_647;
/** An integer in an input, with the API's code for values that are too small. */
export const natural = (max = maxInt32, min = 0) =>
  z
    .int()
    .min(min, coded('InvalidParameterValue.Negative', `It must be at least ${min}.`))
    .max(max);
/** A count in an answer. */
export const count = (description: string) => z.int().min(0).max(maxInt32).optional().describe(description);
/** A time in an answer. */
export const time = (description: string) =>
  z.string().optional().describe(`${description}; UTC, YYYY-MM-DDThh:mm:ssZ.`);
/** A string in an answer. */
export const text = (description: string) => z.string().optional().describe(description);

// An id is a prefix and eight characters of [0-9a-z]. This is undocumented, but every id in the vendor's
// documentation has this form, and there is an error code for any other.
const id = (prefix: string, code: ErrorCode, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9a-z]{8}$`), coded(code, `${what} has the form ${prefix}-1a2b3c4d.`));

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
  'Machine image, such as img-31tjrtph.',
);
/** A virtual machine. The API has no error code for a malformed id, so any string is passed to the service. */
export const InstanceId = z.string().min(1).describe('Virtual machine, such as ins-1a2b3c4d.');

const nameCharacters = /^[A-Za-z0-9_-]+$/;

/** The name of a new task. The vendor documents error codes for its length and characters, but no limits. */
export const TaskName = z
  .string()
  .regex(
    nameCharacters,
    coded('InvalidParameter.TaskName', 'A TaskName consists of letters, digits, "_" and "-".'),
  )
  .max(60, coded('InvalidParameter.TaskNameTooLong', 'A TaskName has at most 60 characters.'))
  .describe('Unique in the job.');
/** The name of an existing task. Any characters are accepted; an unknown name is answered with ResourceNotFound. */
export const ExistingTaskName = z
  .string()
  .min(1, coded('InvalidParameter.TaskName', 'A TaskName must not be empty.'))
  .max(200, coded('InvalidParameter.TaskNameTooLong', 'A TaskName has at most 200 characters.'))
  .describe('Name of the task.');
export const TaskInstanceIndex = natural().describe('From 0.');

export const JobName = z
  .string()
  .max(60, coded('InvalidParameter.JobNameTooLong', 'A JobName has at most 60 characters.'))
  .describe('Display name.');
export const JobDescription = z
  .string()
  .max(200, coded('InvalidParameter.JobDescriptionTooLong', 'A JobDescription has at most 200 characters.'))
  .describe('Purpose of the job.');
export const EnvName = z
  .string()
  .max(60, coded('InvalidParameter.EnvNameTooLong', 'An EnvName has at most 60 characters.'))
  .describe('Display name of the environment.');
export const EnvDescription = z
  .string()
  .max(200, coded('InvalidParameter.EnvDescriptionTooLong', 'An EnvDescription has at most 200 characters.'))
  .describe('Purpose of the environment.');

// Some limits are documented in bytes of UTF-8: a Chinese character takes three.
const utf8 = new TextEncoder();
/** A string of at most `max` bytes in UTF-8. */
export const bytes = (max: number, error: string) =>
  z.string().refine((value) => utf8.encode(value).length <= max, { error });

export const TaskTemplateName = z
  .string()
  .regex(
    nameCharacters,
    coded(
      'InvalidParameter.TaskTemplateName',
      'A TaskTemplateName consists of letters, digits, "_" and "-".',
    ),
  )
  .max(60, coded('InvalidParameter.TaskTemplateNameTooLong', 'A TaskTemplateName has at most 60 bytes.'))
  .describe('Name of the template.');
export const TaskTemplateDescription = bytes(
  200,
  coded(
    'InvalidParameter.TaskTemplateDescriptionTooLong',
    'A TaskTemplateDescription has at most 200 bytes.',
  ),
).describe('Purpose of the template; at most 200 bytes.');

export const ClientToken = z
  .string()
  .regex(/^[ -~]{1,64}$/, 'A ClientToken has 1 to 64 ASCII characters.')
  .describe('Makes the call idempotent; generated if omitted.');
export const Offset = z.int().min(0).max(maxInt32).describe('Entries to skip; default 0.');
/**
 * The page size of a list.
 * @param defaultLimit what the service uses when it is absent
 * @param max the documented maximum
 */
export const limit = (defaultLimit: number, max: number) =>
  z.int().min(1).max(max).describe(`Default ${defaultLimit}.`);

/**
 * A list of ids.
 * @param item the schema of one
 * @param what the plural of what they identify: `jobs`
 * @param max the documented maximum
 * @param more what else holds: `; not with Filters`
 */
export const idsOf = <S extends z.ZodString>(item: S, what: string, max: number, more = '') =>
  z.array(item).min(1).max(max).describe(`Ids of the ${what}, at most ${max}${more}.`);

// The API has a code for too many filters or values, but documents no limit; one page of ids must fit.
const maxFilters = 10;
const maxValues = 100;
const tooMany = (what: string, max: number) =>
  coded('InvalidParameterValue.LimitExceeded', `At most ${max} ${what} are allowed.`);

const filterOf = (Name: z.ZodString) =>
  z.strictObject({
    Name,
    Values: z
      .array(z.string())
      .min(1, coded('InvalidParameterValue.InvalidFilter', 'A filter requires at least one value.'))
      .max(maxValues, tooMany('values in a filter', maxValues))
      .describe('Matches if any of these matches.'),
  });

/** The type Filter of the API, with any name. */
export const Filter = filterOf(z.string().describe('Field to filter by.'));
const namesPattern = (names: readonly string[]) =>
  new RegExp(`^(${names.map((name) => name.replace('KEY', '.+')).join('|')})$`);

/**
 * One of the filters that an action supports.
 * @param names the names; `tag:KEY` means any tag key
 * @param code the error code for an unknown name
 */
export const filter = (names: readonly string[], code: ErrorCode = 'InvalidFilter') =>
  filterOf(
    z
      .string()
      .regex(namesPattern(names), coded(code, `Supported filters: ${names.join(', ')}.`))
      .describe('Field to filter by.'),
  ).describe('Filter.');

/**
 * The filters that an action supports. All filters must match; of the values of one filter, any.
 * @param names as in `filter`
 * @param code as in `filter`
 */
export const filters = (names: readonly string[], code: ErrorCode = 'InvalidFilter') =>
  z
    .array(filter(names, code))
    .max(maxFilters, tooMany('filters', maxFilters))
    .describe(`{Name: ${names.join(' | ')}, Values}.`);

export const Tag = z.strictObject({
  Key: z.string().describe('Name of the tag.'),
  Value: z.string().describe('Value of the tag.'),
});
/** At most ten, the documented limit for jobs and environments. */
export const Tags = z.array(Tag).max(10).describe('{Key, Value}; at most 10.');

export const Placement = z.strictObject({
  Zone: z.string().min(1).describe('Zone, such as ap-guangzhou-3.'),
  ProjectId: z
    .int()
    .min(0)
    .max(maxInt32)
    .optional()
    .describe('Project of the machines; default: the default project.'),
  HostIds: z.array(z.string()).optional().describe('Dedicated hosts to create the machines on.'),
  HostId: z.string().optional().describe('Dedicated host of the machine; only in answers.'),
  DedicatedResourcePackTenancy: z.string().optional().describe('Use of reserved capacity: ResourcePool.'),
  DedicatedResourcePackIds: z
    .array(z.string())
    .optional()
    .describe('Reserved capacity to use, such as rpp-7eumgm3l; requires DedicatedResourcePackTenancy.'),
  RackId: z.string().optional().describe('Rack of the machine; only in answers.'),
});
