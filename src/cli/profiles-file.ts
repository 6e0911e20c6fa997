/** The file of named profiles: endpoint, credentials and policy of each account. */
import { closestMatch } from 'leven';
import * as z from 'zod';
import { regionNames } from '../catalogue/regions.ts';
import { ConfigError } from '../shared/errors.ts';
import { settingProblem } from '../shared/setting-text.ts';

const RegionName = z.enum(regionNames);
const text = z
  .string()
  .min(1)
  .max(500)
  .superRefine((value, context) => {
    const problem = settingProblem(value, 'path');
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** Source of the credentials. Never the keys themselves: the file is meant to be shared and put under version control. */
const CredentialSource = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('auto'), tccliProfile: text.optional() }),
  z.strictObject({ source: z.literal('environment'), prefix: text.regex(/^\w+$/).optional() }),
  z.strictObject({ source: z.literal('file'), path: text.optional(), section: text.optional() }),
  z.strictObject({ source: z.literal('tccli'), profile: text.optional() }),
  z.strictObject({ source: z.literal('cvm-role'), role: text.optional() }),
  z.strictObject({ source: z.literal('tke-oidc') }),
]);

const Role = z.strictObject({
  roleArn: text,
  sessionName: text.max(128).optional(),
  // The token service issues keys for 15 minutes to 12 hours.
  durationSeconds: z.int().min(900).max(43_200).optional(),
});

/** What calls with this profile may do; each field means the same as the option of that name. */
const Policy = z.strictObject({
  readOnly: z.boolean().optional(),
  // `ask-or-flag` is the former name of `auto`.
  confirm: z
    .enum(['auto', 'ask', 'flag', 'none', 'ask-or-flag'])
    .transform((policy) => (policy === 'ask-or-flag' ? 'auto' : policy))
    .optional(),
  /** Groups and tools, as in --tools. */
  tools: z.array(text).min(1).optional(),
  /** Calls to other regions are rejected. */
  regions: z.array(RegionName).min(1).optional(),
  maxInstances: z.int().min(1).max(1_000_000).optional(),
  maxNodes: z.int().min(0).max(2000).optional(),
  maxHourlyPrice: z.number().min(0).max(1_000_000).optional(),
});

const ProfileEntry = z
  .strictObject({
    /** Use the local engine; excludes endpoint, site and credentials. */
    local: z.boolean().optional(),
    site: z.enum(['cn', 'intl']).optional(),
    region: RegionName.optional(),
    endpoint: text.optional(),
    credentials: CredentialSource.optional(),
    assumeRole: Role.optional(),
    rateLimit: z.enum(['cn', 'intl']).optional(),
    policy: Policy.optional(),
  })
  .refine(
    (profile) =>
      !profile.local || !(profile.endpoint || profile.credentials || profile.assumeRole || profile.site),
    {
      error:
        'local excludes endpoint, site, credentials and assumeRole: the local engine has its own address and keys',
      path: ['local'],
    },
  )
  .refine(({ region, policy }) => !region || !policy?.regions || policy.regions.includes(region), {
    error: 'must be one of policy.regions',
    path: ['region'],
  });

const ProfilesFile = z
  .strictObject({
    /** Profile of calls without the argument `profile`. */
    default: text.optional(),
    profiles: z
      .record(z.string().regex(/^[A-Za-z0-9][\w-]{0,39}$/), z.unknown())
      .refine((profiles) => Object.keys(profiles).length > 0, { error: 'needs at least one profile' }),
  })
  .refine((file) => file.default === undefined || Object.hasOwn(file.profiles, file.default), {
    error: 'is not the name of a profile in this file',
    path: ['default'],
  });

export type Profile = z.output<typeof ProfileEntry>;

/** What is wrong with one profile. */
export interface InvalidProfile {
  readonly message: string;
  /** Whether its policy is invalid, so that the program must not start. */
  readonly isPolicy: boolean;
}

export interface Profiles {
  /** Profile of calls without the argument `profile`; the only one, if there is only one. */
  readonly default: string | undefined;
  readonly byName: ReadonlyMap<string, Profile>;
  readonly invalid: ReadonlyMap<string, InvalidProfile>;
  /** All names, valid or not, in the order of the file. */
  readonly names: readonly string[];
}

/**
 * Parses a profiles file. A profile that is invalid does not affect the others.
 * @param path only for messages
 * @throws ConfigError if the file as a whole is invalid, naming every invalid field, never a value of the file
 */
export const parseProfiles = (json: string, path: string): Profiles => {
  const parsed = ProfilesFile.safeParse(jsonOf(json, path));
  if (!parsed.success) throw new ConfigError(messageOf(path, [], parsed.error.issues));
  const byName = new Map<string, Profile>();
  const invalid = new Map<string, InvalidProfile>();
  for (const [name, entry] of Object.entries(parsed.data.profiles)) {
    const profile = ProfileEntry.safeParse(entry);
    if (profile.success) {
      byName.set(name, profile.data);
      continue;
    }
    const { issues } = profile.error;
    invalid.set(name, {
      message: messageOf(path, ['profiles', name], issues),
      isPolicy: issues.some(isPolicyIssue),
    });
  }
  const names = Object.keys(parsed.data.profiles);
  return {
    default: parsed.data.default ?? (names.length === 1 ? names[0] : undefined),
    byName,
    invalid,
    names,
  };
};

type ZodIssue = z.core.$ZodIssue;

const messageOf = (path: string, prefix: readonly string[], issues: readonly ZodIssue[]): string => {
  const parts = issues.map(
    (issue) => `${[...prefix, ...issue.path].join('.') || 'the file'}: ${issue.message}`,
  );
  return `${path} is not a valid profiles file: ${parts.join('; ')}.`;
};

/** A misspelt `policy` counts: ignoring it would remove every restriction. */
const isPolicyIssue = (issue: ZodIssue): boolean =>
  issue.path[0] === 'policy' ||
  (issue.code === 'unrecognized_keys' &&
    issue.keys.some((key) => closestMatch(key.toLowerCase(), ['policy'], { maxDistance: 3 }) !== undefined));

const jsonOf = (json: string, path: string): unknown => {
  try {
    return JSON.parse(json.replace(/^\ufeff/, ''));
  } catch (error) {
    // Newer versions of Node quote the text in the message; only the position is repeated.
    const at = Number(/position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1] ?? Number.NaN);
    const before = json.slice(0, at).split('\n');
    const position = Number.isNaN(at)
      ? ''
      : ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new ConfigError(`${path} is not valid JSON${position}.`);
  }
};
