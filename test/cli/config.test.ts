import { expect, test } from 'vitest';
import { defaultDataDir, loadConfig } from '../../src/cli/config.ts';
import { helpText, optionsTable } from '../../src/cli/help.ts';
import { flagOf, variableOf } from '../../src/cli/option.ts';
import { optionNames, options } from '../../src/cli/options.ts';

const errorOf = (args: string[], env: Record<string, string> = {}): string => {
  try {
    loadConfig(args, env);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'no error';
};

test('loadConfig without arguments selects the command serve and the default of every option', () => {
  const { command, local, confirm, region, timeout, tools, explicit } = loadConfig([], {});
  expect({ command, local, confirm, region, timeout, tools, explicit: [...explicit.keys()] }).toEqual({
    command: 'serve',
    local: false,
    confirm: 'auto',
    region: undefined,
    timeout: 60,
    tools: [],
    explicit: [],
  });
});

test('loadConfig returns the words after the command unchanged', () => {
  const { command, rest, local } = loadConfig(['call', 'DescribeJobs', '{"Limit":1}', '--local'], {});
  expect({ command, rest, local }).toEqual({
    command: 'call',
    rest: ['DescribeJobs', '{"Limit":1}'],
    local: true,
  });
});

test('every option can be set by its variable, and its flag takes precedence', () => {
  for (const name of optionNames) {
    const option = options[name];
    const value =
      option.kind === 'boolean'
        ? 'true'
        : option.kind === 'number'
          ? String(option.max)
          : option.kind === 'choice'
            ? (option.choices.at(-1) ?? '')
            : ({
                region: 'ap-tokyo',
                limits: 'cpu=1',
                packagePorts: '80',
                logPath: 'cos://logs-1250000000.cos.ap-tokyo.myqcloud.com/logs/',
              }[name as string] ?? 'one');
    // A profile is one of a file.
    const others = name === 'profile' ? ['--config=profiles.json'] : [];
    const byVariable = loadConfig(others, { [variableOf(name)]: value });
    const byFlag = loadConfig(
      [...others, option.kind === 'boolean' ? `--${flagOf(name)}` : `--${flagOf(name)}=${value}`],
      option.kind === 'boolean' ? { [variableOf(name)]: 'false' } : {},
    );
    expect(byVariable[name], name).toEqual(byFlag[name]);
    expect(
      [...byVariable.explicit.keys()].filter((key) => key === name || others.length === 0),
      name,
    ).toEqual([name]);
    expect(byFlag[name], name).not.toEqual(loadConfig([], {})[name]);
  }
});

test('an empty environment variable counts as unset', () => {
  expect(loadConfig([], { BATCH_MCP_REGION: '', TENCENTCLOUD_REGION: 'ap-tokyo' }).region).toBe('ap-tokyo');
});

test.each([
  [
    ['--regoin', 'x'],
    {},
    'ConfigError: There is no option --regoin. Did you mean --region? See batch-mcp --help.',
  ],
  [['cal'], {}, "ConfigError: There is no command 'cal'. Did you mean call? See batch-mcp --help."],
  [['--region'], {}, 'ConfigError: --region needs a value.'],
  [['--timeout', 'soon'], {}, "ConfigError: --timeout is 'soon'; it must be a number from 1 to 600."],
  [
    [],
    { BATCH_MCP_CONFIRM: 'no' },
    "ConfigError: BATCH_MCP_CONFIRM is 'no'; it must be one of auto, ask, flag, none.",
  ],
])(
  'the arguments %j with the variables %j are rejected with the values that are allowed',
  (args, env, message) => {
    expect(errorOf(args, env)).toBe(message);
  },
);

test('--confirm accepts ask-or-flag, the former name of auto, as a flag and as a variable', () => {
  expect([
    loadConfig(['--confirm', 'ask-or-flag'], {}).confirm,
    loadConfig([], { BATCH_MCP_CONFIRM: 'ask-or-flag' }).confirm,
  ]).toEqual(['auto', 'auto']);
});

test('the default data directory depends on the platform', () => {
  expect([
    defaultDataDir({}, 'linux', '/home/a'),
    defaultDataDir({ XDG_DATA_HOME: '/data' }, 'linux', '/home/a'),
    defaultDataDir({ XDG_DATA_HOME: '~/data' }, 'linux', '/home/a'),
    defaultDataDir({}, 'darwin', '/Users/a'),
  ]).toEqual([
    '/home/a/.local/share/batch-mcp',
    '/data/batch-mcp',
    '/home/a/.local/share/batch-mcp',
    '/Users/a/Library/Application Support/batch-mcp',
  ]);
});

test('the text of --help and the README table contain every option', () => {
  for (const name of optionNames) {
    expect(helpText().split(`  --${flagOf(name)}`).length - 1, name).toBeGreaterThanOrEqual(1);
    expect(optionsTable().split(variableOf(name)).length - 1, name).toBeGreaterThanOrEqual(1);
  }
  expect(
    helpText()
      .split('\n')
      .every((line) => line.length <= 160),
  ).toBe(true);
});
