/** One job array during which the engine and the controller of the cluster are killed again and again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { attemptsOf } from '../../src/engine/store/attempt-history.ts';
import { openDatabase } from '../../src/engine/store/database.ts';
import { callEngine, Placement, shellTask, until } from '../engine/running-engine.ts';
import { startCluster } from './cluster.ts';
import { type Ledger, ledgerCommandOf, readLedger } from './ledger.ts';

export interface KillOptions {
  readonly instances: number;
  /** Instances in the queue of the cluster at a time. */
  readonly slots: number;
  /** Seconds that the whole run may take. */
  readonly seconds: number;
}

/** What became of an instance: its last attempt, and the earlier ones. */
export interface Outcome {
  readonly state: string;
  readonly exitCode: number | null;
  readonly attempts: readonly { readonly name: string; readonly reason: string; readonly detail: string }[];
}

export interface KillReport {
  readonly engineKills: number;
  readonly controllerKills: number;
  readonly seconds: number;
  readonly ledger: Ledger;
  /** By index. */
  readonly outcomes: readonly Outcome[];
}

/** Every fiftieth instance fails. */
const failingCode = 7;
export const isFailing = (index: number): boolean => index % 50 === 49;

const work = `sleep 0.4; [ $((BATCH_TASK_INSTANCE_INDEX % 50)) -ne 49 ] || (exit ${failingCode})`;

/** Kills by how many instances have ended. The first one follows the submission at once, and loses it. */
const plan = [
  { at: 0, victim: 'controller' },
  { at: 0.1, victim: 'engine' },
  { at: 0.25, victim: 'engine' },
  { at: 0.35, victim: 'controller' },
  { at: 0.45, victim: 'engine' },
  { at: 0.6, victim: 'engine' },
  { at: 0.7, victim: 'controller' },
  { at: 0.8, victim: 'engine' },
] as const;

/** Runs the array to its end. @param say receives a line for each kill */
export const runWithKills = async (
  { instances, slots, seconds }: KillOptions,
  say: (line: string) => void = () => undefined,
): Promise<KillReport> => {
  const cluster = await startCluster();
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-kills-'));
  const ledgerFile = join(dataDir, 'ledger');
  const startTime = performance.now();
  let engine = await startEngineProcess(dataDir, cluster.shared, slots, cluster.environment);
  try {
    const submitted = await callEngine(engine, 'SubmitJob', {
      Placement,
      Job: {
        Tasks: [
          shellTask('array', ledgerCommandOf(ledgerFile, work), {
            TaskInstanceNum: instances,
            MaxRetryCount: 0,
          }),
        ],
      },
    });
    const JobId = submitted.JobId ?? '';
    const endedCount = (): number =>
      existsSync(ledgerFile)
        ? new Set(
            readLedger(ledgerFile).ended.flatMap(({ name, code }) => (code > 128 ? [] : [indexOf(name)])),
          ).size
        : 0;
    for (const { at, victim } of plan) {
      const count = Math.floor(at * instances);
      await until(`${count} have ended`, () => existsSync(ledgerFile) && endedCount() >= count, seconds);
      say(`${Math.round(performance.now() - startTime)} ms: ${victim} killed after ${endedCount()} ends`);
      if (victim === 'controller') {
        cluster.restartController();
      } else {
        engine.child.kill('SIGKILL');
        engine = await startEngineProcess(dataDir, cluster.shared, slots, cluster.environment);
      }
    }
    await until(
      'the job has ended',
      async () => /SUCCEED|FAILED/.test(`${(await callEngine(engine, 'DescribeJob', { JobId })).JobState}`),
      seconds,
    );
    const runSeconds = (performance.now() - startTime) / 1000;
    engine.child.kill('SIGKILL');
    return {
      engineKills: plan.filter(({ victim }) => victim === 'engine').length,
      controllerKills: plan.filter(({ victim }) => victim === 'controller').length,
      seconds: runSeconds,
      ledger: readLedger(ledgerFile),
      outcomes: outcomesOf(dataDir, instances),
    };
  } finally {
    engine.child.kill('SIGKILL');
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

export const indexOf = (name: string): number => Number(name.split('.')[0]);

interface EngineProcess {
  readonly child: ChildProcess;
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const startEngineProcess = (
  dataDir: string,
  workDir: string,
  slots: number,
  env: Readonly<Record<string, string>>,
): Promise<EngineProcess> =>
  new Promise((resolve, reject) => {
    const options = JSON.stringify({ dataDir, workDir, slots });
    const file = join(import.meta.dirname, 'engine-process.ts');
    const path = `${env.PATH}:${process.env.PATH}`;
    const child = spawn(process.execPath, ['--import', tsx, file, options], {
      env: { ...env, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.stdout.once('data', (line) => resolve({ child, ...JSON.parse(String(line)) }));
    child.once('exit', () => reject(new Error(`the engine has ended: ${errors}`)));
  });

const outcomesOf = (dataDir: string, instances: number): readonly Outcome[] => {
  const db = openDatabase(join(dataDir, 'engine.db'));
  const task = db.get<{ id: number }>('SELECT id FROM tasks')?.id ?? 0;
  const outcomes = Array.from({ length: instances }, (_, index) => {
    const attempts = attemptsOf(db, task, index);
    const last = attempts.at(-1);
    return {
      state: last?.state ?? '',
      exitCode: last?.exitCode ?? null,
      attempts: attempts.map(({ attempt, reason, detail }) => ({
        name: `${index}.${attempt}`,
        reason: reason ?? '',
        detail: detail ?? '',
      })),
    };
  });
  db.close();
  return outcomes;
};

/** Problems of a run; none if every instance is accounted for exactly once. */
export const problemsOf = ({ ledger, outcomes }: KillReport): readonly string[] => {
  const begun = new Map<string, number>();
  for (const name of ledger.begun) begun.set(name, (begun.get(name) ?? 0) + 1);
  const codes = new Map(ledger.ended.map(({ name, code }) => [name, code]));
  const known = new Set(outcomes.flatMap(({ attempts }) => attempts.map(({ name }) => name)));
  return [
    ...[...begun].flatMap(([name, times]) => (times === 1 ? [] : [`attempt ${name} began ${times} times`])),
    ...[...begun.keys()].flatMap((name) => (known.has(name) ? [] : [`attempt ${name} is not in the store`])),
    ...outcomes.flatMap(({ state, exitCode, attempts }, index) => {
      const expected = isFailing(index) ? failingCode : 0;
      const last = attempts.at(-1)?.name ?? '';
      const isRight = state === (expected === 0 ? 'SUCCEED' : 'FAILED') && exitCode === expected;
      return [
        ...(isRight ? [] : [`instance ${index} is ${state} with ${exitCode}: ${attempts.at(-1)?.detail}`]),
        ...(codes.get(last) === expected ? [] : [`the ledger has ${codes.get(last)} for attempt ${last}`]),
        ...attempts
          .slice(0, -1)
          .flatMap(({ name, reason, detail }) =>
            reason === 'machine failure' || !begun.has(name)
              ? []
              : [`attempt ${name} was repeated: ${reason} ${detail}`],
          ),
      ];
    }),
  ];
};
