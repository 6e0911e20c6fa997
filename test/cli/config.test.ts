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

test('without arguments the command is serve and every option has its default', () => {
  const { command, local, confirm, region, timeout, tools, given } = loadConfig([], {});
  expect({ command, local, confirm, region, timeout, tools, given: [...given] }).toEqual({
    command: 'serve',
    local: false,
    confirm: 'ask-or-flag',
    region: undefined,
    timeout: 60,
    tools: [],
    given: [],
  });
});

test('words behind the command are kept as they are', () => {
  const { command, rest, local } = loadConfig(['call', 'DescribeJobs', '{"Limit":1}', '--local'], {});
  expect({ command, rest, local }).toEqual({
    command: 'call',
    rest: ['DescribeJobs', '{"Limit":1}'],
    local: true,
  });
});

test('every option can be given as a variable, and a flag wins over it', () => {
  for (const name of optionNames) {
    const option = options[name];
    const value =
      option.kind === 'switch'
        ? 'true'
        : option.kind === 'number'
          ? String(option.max)
          : option.kind === 'choice'
            ? (option.choices.at(-1) ?? '')
            : 'one';
    const byVariable = loadConfig([], { [variableOf(name)]: value });
    const byFlag = loadConfig(
      [option.kind === 'switch' ? `--${flagOf(name)}` : `--${flagOf(name)}=${value}`],
      option.kind === 'switch' ? { [variableOf(name)]: 'false' } : {},
    );
    expect(byVariable[name], name).toEqual(byFlag[name]);
    expect([...byVariable.given], name).toEqual([name]);
    expect(byFlag[name], name).not.toEqual(loadConfig([], {})[name]);
  }
});

test('an empty variable counts as unset', () => {
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
  [['--timeout', 'soon'], {}, "ConfigError: --timeout is 'soon'; it takes a number from 1 to 600."],
  [
    [],
    { BATCH_MCP_CONFIRM: 'no' },
    "ConfigError: BATCH_MCP_CONFIRM is 'no'; it is one of ask-or-flag, ask, flag, none.",
  ],
  [
    [],
    { BATCH_MCP_LOCAL: 'maybe' },
    "ConfigError: BATCH_MCP_LOCAL is 'maybe'; it is either on (true, 1) or off (false, 0).",
  ],
])('%j with %j is refused with what would be right', (args, env, message) => {
  expect(errorOf(args, env)).toBe(message);
});

test('the data directory follows the system', () => {
  expect([
    defaultDataDir({}, 'linux', '/home/a'),
    defaultDataDir({ XDG_DATA_HOME: '/data' }, 'linux', '/home/a'),
    defaultDataDir({}, 'darwin', '/Users/a'),
  ]).toEqual([
    '/home/a/.local/share/batch-mcp',
    '/data/batch-mcp',
    '/Users/a/Library/Application Support/batch-mcp',
  ]);
});

test('the help and the table name every option once', () => {
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
