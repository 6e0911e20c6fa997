/** Options that decide where calls go. */
import type { Option } from '../option.ts';

export const connectionOptions = {
  local: {
    kind: 'boolean',
    group: 'where',
    help: 'Use the local engine on this machine; the first call that needs it starts it.',
  },
  region: {
    kind: 'string',
    format: 'region',
    value: 'REGION',
    group: 'where',
    env: ['TENCENTCLOUD_REGION'],
    help: 'Default region, such as ap-guangzhou.',
  },
  endpoint: {
    kind: 'string',
    value: 'URL',
    group: 'where',
    help: 'Another address of the API, with http:// or https://; or `regional` or `internal`.',
  },
  site: {
    kind: 'choice',
    choices: ['cn', 'intl'],
    default: 'cn',
    group: 'where',
    help: 'Site the account belongs to; selects hosts and rate limits. SubmitJob does not exist on intl.',
  },
  config: {
    kind: 'string',
    isSafety: true,
    format: 'path',
    value: 'FILE',
    group: 'where',
    help: 'JSON file of named profiles, each with account, region, endpoint and policy.',
  },
  profile: {
    kind: 'string',
    isSafety: true,
    value: 'NAME',
    group: 'where',
    help: 'Default profile of --config.',
  },
  tccliProfile: {
    kind: 'string',
    value: 'NAME',
    group: 'where',
    env: ['TCCLI_PROFILE'],
    help: 'Profile of the Tencent Cloud CLI (tccli) whose login is used.',
  },
  timeout: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 600,
    default: 60,
    group: 'where',
    help: 'Time limit of one request.',
  },
  ca: {
    kind: 'string',
    format: 'path',
    value: 'FILE',
    group: 'where',
    help: 'PEM file of additional certificate authorities to trust.',
  },
  rateLimit: {
    kind: 'choice',
    choices: ['cn', 'intl'],
    group: 'where',
    help: 'Keep to the documented rates of this site, also with the local engine; for `engine`: enforce them.',
  },
  noRateLimit: { kind: 'boolean', group: 'where', help: 'Do not limit the rate of requests.' },
} as const satisfies Readonly<Record<string, Option>>;
