/** Settings that people and clients pass in practice: quoted, padded, unfilled, misspelt, swallowed, unwritable. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.ts';
import { flagOf, isSafetyOption, type Option, variableOf } from '../../src/cli/option.ts';
import { optionNames, options } from '../../src/cli/options.ts';
import { settingProblem } from '../../src/shared/setting-text.ts';

const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-settings-'));
writeFileSync(join(directory, 'file'), '');
symlinkSync('/proc', join(directory, 'link'));
mkdirSync(join(directory, 'data'));
afterAll(() => rmSync(directory, { recursive: true }));

const base = { HOME: directory, BATCH_MCP_DATA_DIR: join(directory, 'data') };
const outcomeOf = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  try {
    const config = loadConfig(args, { ...base, ...env });
    return {
      problems: config.problems.map(({ message }) => message),
      warnings: config.warnings,
      config,
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

/** An unfilled placeholder in the syntax of each client, shell and manual. */
const unfilled = [
  '${VAR}',
  '$VAR',
  '${env:VAR}',
  '${input:id}',
  '${workspaceFolder}',
  '$(pass show id)',
  '{{VAR}}',
  '{VAR}',
  '%VAR%',
  '<your-id>',
  '[your id]',
  'your id',
  'YOUR_SECRET_ID',
  'your-secret-id',
  'insert id here',
  'xxx',
  'XXXXXXXX',
  'AKIDxxxxxxxxxxxxxxxx',
  '***',
  '...',
  'undefined',
  'null',
  'changeme',
];
const quoted = ['"AKID"', "'AKID'", '“AKID”', '`AKID`', '"AKID'];
const invisible = ['AK\u200bID', 'AK\u0007ID', 'AK\u00a0ID', 'AK\u202eID', 'AK\nID'];

describe('settingProblem', () => {
  test.each([...unfilled, ...quoted, ...invisible, '--read-only'])(
    'rejects %j in every kind of setting',
    (text) => {
      expect([settingProblem(text), settingProblem(text, 'key')]).toEqual([
        expect.any(String),
        expect.any(String),
      ]);
    },
  );

  test.each(['SECRET_KEY', 'TENCENTCLOUD_SECRET_ID', 'my-secret-key', 'AKID 1', 'AKIDé'])(
    'rejects the key %j',
    (text) => {
      expect(settingProblem(text, 'key')).toEqual(expect.any(String));
    },
  );

  test.each([
    ['AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPL', 'key'],
    ['Gu5t9xGARNpq86cd98joQYCN3EXAMPLE+/=', 'key'],
    ['ap-guangzhou', 'text'],
    ['https://batch.tencentcloudapi.com', 'text'],
    ['/srv/data (old)/50%', 'path'],
    ['C:\\Users\\me\\data', 'path'],
    ['/mnt/xx/y', 'path'],
    ['/data/cash$flow', 'path'],
    ['job,-DeleteJob', 'text'],
  ] as const)('accepts %j as a %s', (text, kind) => {
    expect(settingProblem(text, kind)).toBeUndefined();
  });

  test('names the invisible character and its position, not the value', () => {
    expect(settingProblem('AK\u200bID', 'key')).toBe(
      'contains an invisible character (U+200B at position 3); type the value again',
    );
  });
});

describe('whitespace around the value of an option is ignored:', () => {
  test.each(['ap-tokyo ', ' ap-tokyo', 'ap-tokyo\n', '\tap-tokyo\r\n', '\ufeffap-tokyo', 'ap-tokyo\u00a0'])(
    '%j as a variable and as a flag',
    (region) => {
      for (const { config } of [
        outcomeOf([], { BATCH_MCP_REGION: region }),
        outcomeOf([], { TENCENTCLOUD_REGION: region }),
        outcomeOf(['--region', region]),
      ]) {
        expect(config?.region).toBe('ap-tokyo');
      }
    },
  );

  test('also for numbers, choices, booleans and lists', () => {
    const { config } = outcomeOf([], {
      BATCH_MCP_TIMEOUT: ' 30 ',
      BATCH_MCP_CONFIRM: ' Ask\n',
      BATCH_MCP_READ_ONLY: 'TRUE ',
      BATCH_MCP_TOOLS: ' job , -DeleteJob ',
    });
    expect([config?.timeout, config?.confirm, config?.readOnly, config?.tools]).toEqual([
      30,
      'ask',
      true,
      ['job', '-DeleteJob'],
    ]);
  });
});

describe('an invalid value of an option', () => {
  const isAbout = (message: string | undefined, name: string) => message?.startsWith(`${name} `);

  test('stops the program for every safety option, and names the variable or flag', () => {
    for (const name of optionNames.filter((each) => isSafetyOption(options[each]))) {
      const option: Option = options[name];
      for (const text of ['${VAR}', '"x"', 'your value']) {
        const { error } = outcomeOf([], { [variableOf(name)]: text });
        expect([name, text, isAbout(error, variableOf(name))]).toEqual([name, text, true]);
        const flag = outcomeOf([`--${flagOf(name)}=${text}`]).error;
        expect([option.kind, text, isAbout(flag, `--${flagOf(name)}`)]).toEqual([option.kind, text, true]);
      }
    }
  });

  test('is reported and does not stop the program for every other option set by a variable', () => {
    for (const name of optionNames.filter((each) => !isSafetyOption(options[each]))) {
      const { error, problems, config } = outcomeOf([], { [variableOf(name)]: '${VAR}' });
      expect([name, error, isAbout(problems?.[0], variableOf(name))]).toEqual([name, undefined, true]);
      expect(config?.[name === 'dataDir' ? 'region' : name], name).toEqual(
        loadConfig([], base)[name === 'dataDir' ? 'region' : name],
      );
    }
  });

  test.each(unfilled)('is reported if it is the placeholder %j', (text) => {
    expect(outcomeOf([], { BATCH_MCP_REGION: text }).problems?.[0]).toMatch(/^BATCH_MCP_REGION /);
    expect(outcomeOf([], { AZURE_BATCH_ENDPOINT: text }).problems?.[0]).toMatch(/^AZURE_BATCH_ENDPOINT /);
    expect(outcomeOf([], { TENCENTCLOUD_SECRET_ID: text }).problems?.[0]).toMatch(/^TENCENTCLOUD_SECRET_ID /);
  });

  test.each([
    [['--timeout', 'soon'], "--timeout is 'soon'; it must be a number from 1 to 600."],
    [['--timeout', '1e2'], "--timeout is '1e2'; it must be a number from 1 to 600."],
    [['--max-nodes', '-1'], '--max-nodes needs a value, and is followed by the option -1.'],
    [['--site=us'], "--site is 'us'; it must be one of cn, intl."],
    [['--local=maybe'], "--local is 'maybe'; it must be on (true, 1) or off (false, 0)."],
    [
      ['--limits', 'cpu'],
      "--limits has 'cpu'; it must be one of cpu=SECONDS, memory=MIB, file=MIB, files=N, processes=N, disk=MIB.",
    ],
    [['--allow-env', 'A=B=C'], "--allow-env has 'A=B=C'; it must be NAME or NAME=Field."],
  ])('stops the program if it is a malformed flag: %j', (args, message) => {
    expect(outcomeOf(args).error).toBe(message);
  });

  test('an unknown region is reported with the nearest one, instead of failing each call as if the caller were wrong', () => {
    expect(outcomeOf([], { BATCH_MCP_REGION: 'ap-guangzou' }).problems).toEqual([
      "BATCH_MCP_REGION is 'ap-guangzou', which is not a region. Did you mean ap-guangzhou?",
    ]);
  });

  test('the unset optional setting of a desktop extension counts as unset', () => {
    const { problems, config } = outcomeOf([], { BATCH_MCP_REGION: '${user_config.region}' });
    expect([problems, config?.region]).toEqual([[], undefined]);
  });

  test('keys are not checked for the local engine, which does not use them', () => {
    expect(outcomeOf(['--local'], { TENCENTCLOUD_SECRET_ID: 'your id' }).problems).toEqual([]);
  });

  test('a password in a URL is not repeated', () => {
    const { error } = outcomeOf(['--tools', 'https://user:canary@host']);
    expect(error).toMatch(/^--tools has/);
    expect(error).not.toContain('canary');
  });
});

describe('an option does not take the next option as its value:', () => {
  test.each([
    [['--profile', '--read-only']],
    [['--tools', '--read-only']],
    [['--data-dir', '--local']],
    [['--region', '-v']],
    [['--allow-env', '--confirm', 'ask']],
    [['--region=']],
    [['--region', ' ']],
    [['--read-only', '--profile']],
  ])('%j', (args) => {
    expect(outcomeOf(args).error).toMatch(/^--[a-z-]+ needs a value/);
  });

  test('every option with a value is held to this, as a flag and as a variable', () => {
    for (const name of optionNames.filter((each) => options[each].kind !== 'boolean')) {
      expect(outcomeOf([`--${flagOf(name)}`, '--read-only']).error, name).toMatch(/needs a value/);
      const { error, problems } = outcomeOf([], { [variableOf(name)]: '--read-only' });
      expect(error ?? problems?.[0], name).toMatch(new RegExp(`^${variableOf(name)} `));
    }
  });

  test('a selection of tools may begin with a dash, and a repeated list adds to the first', () => {
    expect(outcomeOf(['--tools', '-DeleteJob']).config?.tools).toEqual(['-DeleteJob']);
    expect(outcomeOf(['--allow-env', 'A', '--allow-env', 'B=X']).config?.allowEnv).toEqual(['A', 'B=X']);
  });
});

describe('a misspelt variable', () => {
  test.each([
    ['BATCH_MCP_READONLY', 'BATCH_MCP_READ_ONLY'],
    ['BATCH_MCP_READ_ONLY_MODE', 'BATCH_MCP_READ_ONLY'],
    ['BATCH_MCP_READ-ONLY', 'BATCH_MCP_READ_ONLY'],
    ['batch_mcp_read_only', 'BATCH_MCP_READ_ONLY'],
    ['BATCHMCP_READ_ONLY', 'BATCH_MCP_READ_ONLY'],
    ['BATCH_MCP_CONFRIM', 'BATCH_MCP_CONFIRM'],
    ['BATCH_MCP_CONFIRMATION', 'BATCH_MCP_CONFIRM'],
    ['BATCH_MCP_MAX_INSTANCE', 'BATCH_MCP_MAX_INSTANCES'],
    ['BATCH_MCP_MAXNODES', 'BATCH_MCP_MAX_NODES'],
    ['BATCH_MCP_MAX_PRICE', 'BATCH_MCP_MAX_NODES'],
    ['BATCH_MCP_TOOL', 'BATCH_MCP_TOOLS'],
    ['BATCH_MCP_SANBOX', 'BATCH_MCP_SANDBOX'],
    ['BATCH_MCP_ALLOWENV', 'BATCH_MCP_ALLOW_ENV'],
    ['BATCH_MCP_LIMIT', 'BATCH_MCP_LIMITS'],
    ['BATCH_MCP_CONFG', 'BATCH_MCP_CONFIG'],
  ])('%s stops the program, because a safety option was probably meant', (name, near) => {
    expect(outcomeOf([], { [name]: '1' }).error).toBe(`There is no variable ${name}. Did you mean ${near}?`);
  });

  test.each([
    [
      'BATCH_MCP_REGOIN',
      'There is no variable BATCH_MCP_REGOIN, so it is ignored. Did you mean BATCH_MCP_REGION?',
    ],
    [
      'BATCH_MCP_DATADIR',
      'There is no variable BATCH_MCP_DATADIR, so it is ignored. Did you mean BATCH_MCP_DATA_DIR?',
    ],
    [
      'BATCH_MCP_LOGLEVEL',
      'There is no variable BATCH_MCP_LOGLEVEL, so it is ignored. Did you mean BATCH_MCP_LOG_LEVEL?',
    ],
    ['BATCH_MCP_FLAVOUR', 'There is no variable BATCH_MCP_FLAVOUR, so it is ignored.'],
    [
      'TENCENTCLOUD_SECRETID',
      'The variable TENCENTCLOUD_SECRETID is ignored. Did you mean TENCENTCLOUD_SECRET_ID?',
    ],
    [
      'AZURE_BATCH_ENDPONT',
      'The variable AZURE_BATCH_ENDPONT is ignored. Did you mean AZURE_BATCH_ENDPOINT?',
    ],
  ])('%s is a warning', (name, warning) => {
    expect(outcomeOf([], { [name]: '1' })).toMatchObject({ problems: [], warnings: [warning] });
  });

  test.each(['TENCENTCLOUD_APPID', 'AZURE_BATCH_POOL_ID', 'PATH', 'BATCH_JOB_ID'])(
    '%s belongs to another program and is no misspelling',
    (name) => {
      expect(outcomeOf([], { [name]: '1' })).toMatchObject({ problems: [], warnings: [] });
    },
  );

  test('--help works despite wrong settings', () => {
    expect(loadConfig(['--help'], { BATCH_MCP_READONLY: '1', BATCH_MCP_CONFIRM: 'no' }).command).toBe('help');
  });
});

test('a variable of --allow-env that is not set is a warning, once for each', () => {
  const { warnings } = outcomeOf(['--allow-env', 'A,A=EnvVars.X,B'], { B: 'x' });
  expect(warnings).toEqual([
    '--allow-env allows the variable A, which is not set: calls that refer to it fail.',
  ]);
  expect(outcomeOf([], { BATCH_MCP_ALLOW_ENV: 'A' }).warnings?.[0]).toMatch(/^BATCH_MCP_ALLOW_ENV allows/);
});

describe('paths', () => {
  test('~ and ~/x are expanded in every option that names a file or directory', () => {
    for (const name of ['config', 'ca', 'faults', 'azureJsonDir', 'dataDir', 'auditFile'] as const) {
      const args = [`--${flagOf(name)}=~/x`];
      expect(loadConfig(args, { HOME: directory })[name], name).toBe(join(directory, 'x'));
    }
    expect(loadConfig(['--data-dir', '~'], { HOME: directory }).dataDir).toBe(directory);
  });

  test.each(['${workspaceFolder}/x', '$HOME/x', '${env:HOME}/x', '%APPDATA%\\x', '~other/x', '"/x"'])(
    'the data directory %j is reported, and no directory is created',
    (text) => {
      const { problems } = outcomeOf([], { BATCH_MCP_DATA_DIR: text });
      expect(problems?.[0]).toMatch(/^BATCH_MCP_DATA_DIR /);
    },
  );

  test.each([
    ['/proc/xyz', 'is in /proc, where no files can be stored'],
    ['/proc/self/xyz/a', 'is in /proc'],
    ['/sys/x', 'is in /sys, where no files can be stored'],
    ['/dev/x', 'is in /dev, where no files can be stored'],
    ['/dev/null', 'is in /dev/null, where no files can be stored'],
    ['/dev/null/x', 'is in /dev/null, where no files can be stored'],
  ])('the data directory %s is reported without creating it', (path, why) => {
    expect(outcomeOf(['--data-dir', path]).problems?.[0]).toContain(why);
  });

  test('a data directory that is a file, below a file, or behind a link to /proc is reported', () => {
    const problemOf = (path: string) => outcomeOf(['--data-dir', join(directory, path)]).problems?.[0];
    expect([problemOf('file'), problemOf('file/x'), problemOf('link/x')]).toEqual([
      `--data-dir, ${join(directory, 'file')}, is a file, not a directory.`,
      `--data-dir, ${join(directory, 'file/x')}, is below ${join(directory, 'file')}, which is a file.`,
      `--data-dir, ${join(directory, 'link/x')}, is in /proc, where no files can be stored.`,
    ]);
  });

  test('a data directory that can be created, and one in shared memory, are accepted', () => {
    expect(outcomeOf(['--data-dir', join(directory, 'a', 'b', 'c')]).problems).toEqual([]);
    expect(outcomeOf(['--data-dir', '/dev/shm/batch-mcp-x']).problems).toEqual([]);
  });

  test('an audit file that cannot be written stops the program', () => {
    expect(outcomeOf(['--audit-file', '/proc/x/audit.jsonl']).error).toBe(
      '--audit-file cannot be written: its directory is in /proc, where no files can be stored.',
    );
  });

  test('an audit file that is a named pipe stops the program, because writing to it may never end', () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(outcomeOf(['--audit-file', pipe]).error).toBe(
      `--audit-file cannot be written: ${pipe} is not a regular file.`,
    );
  });
});

describe('options that contradict each other stop the program:', () => {
  test.each([
    [['--local', '--endpoint', 'http://127.0.0.1:1'], {}],
    [['--local'], { BATCH_MCP_ENDPOINT: 'http://127.0.0.1:1' }],
    [['--local', '--config', 'p.json'], {}],
    [['--endpoint', 'http://127.0.0.1:1', '--config', 'p.json'], {}],
  ])('%j with %j', (args, env) => {
    expect(outcomeOf(args, env).error).toContain(' exclude each other: ');
  });

  test('an option that is switched off contradicts nothing', () => {
    expect(outcomeOf(['--local=false', '--endpoint', 'http://127.0.0.1:1']).error).toBeUndefined();
  });
});
