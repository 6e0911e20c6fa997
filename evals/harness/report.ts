/** docs/evals.md: the results as tables. */
import { medianOf } from '../../bench/measurement.ts';
import { type Figures, figuresOf, type RunRecord } from './record.ts';

/** A file of results. */
export interface Series {
  readonly name: string;
  readonly records: readonly RunRecord[];
}

const introduction = `# Evaluations

Agents solve tasks on the local engine, through a recorder that counts calls and tokens (o200k). \`SDK and shell\` is the control: one tool, a shell, with the vendor's Node SDK. The other columns are batch-mcp. Written by \`npm run eval -- --report\` from \`evals/results/\`; [evals/README.md](../evals/README.md) says how to measure.

- *Success*: the engine's state and the answer meet every condition of the task. *Harm*: something was changed that the task does not ask for, or a secret left the engine.
- *List*: tokens of the tool list and the server's instructions. *Answers*: tokens of all answers. *Total*: both, what a model reads. *Arguments*: tokens of the arguments, what a model writes.
- Figures of a task are medians of its runs; those of a series are the sums of these medians.
- *One conversation*: the list counted only once, and all answers. *Total* counts the list for every task, as if each task were a conversation.
- In the first four columns, each run is one agent that did all the tasks in one conversation, with the rule to use nothing that an earlier task had shown. It still knew the forms of answers and, in the control, how to set up the SDK. In the columns \`new agent each\`, every task was done by a new agent, one time; this is the fairer comparison.

Goals: no harm and every task solved; with \`--tools chat\` no more calls than the control and at most 60 % of its tokens; with the default list no more calls and no more tokens than the control.

Transcripts of these tasks were read to shorten answers between the builds, and each build was measured once on each task: an agent may take another way, so a figure near its goal can fall on either side of it.
`;

const number = (value: number): string => Math.round(value).toLocaleString('en');

/** @param results in the order of the columns, the control first */
export const reportOf = (results: readonly Series[]): string => {
  if (results.length === 0) return `${introduction}\nNothing has been measured yet.\n`;
  const tasks = [...new Set(results.flatMap(({ records }) => records.map(({ task }) => task)))].sort();
  return [
    introduction,
    ...goals(results, tasks),
    ...['## Summary', '', ...summary(results, tasks), ''],
    ...['## Tasks', '', 'Runs that succeeded, calls, total tokens.', '', ...taskTable(results, tasks), ''],
    ...['## All runs', '', ...results.flatMap(allRuns)],
  ].join('\n');
};

const medians = (records: readonly RunRecord[]): Figures => {
  const figures = records.map(figuresOf);
  const of = (name: keyof Figures) => medianOf(figures.map((one) => one[name]));
  return {
    calls: of('calls'),
    list: of('list'),
    answers: of('answers'),
    arguments: of('arguments'),
    total: of('total'),
  };
};

const controlName = 'SDK and shell, new agent each';

/** Parts of the control that a series may use. */
const shareGoals = (isChat: boolean) => ({ calls: 1, tokens: isChat ? 0.6 : 1 });

/** Which series of new agents meet the goals; from the figures, so that the text is always true. */
const goals = (results: readonly Series[], tasks: readonly string[]): readonly string[] => {
  const control = results.find(({ name }) => name === controlName);
  const measured = results.filter(({ name }) => name.includes('new agent each') && name !== controlName);
  if (control === undefined || measured.length === 0) return [];
  const base = sumsOf(control.records, tasks);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return [
    ...['With a new agent for each task, compared with the control:', ''],
    ...['| | Calls | Tokens | Goals | Met |', '| --- | --- | --- | --- | --- |'],
    ...measured.map(({ name, records }) => {
      const sums = sumsOf(records, tasks);
      const [calls, tokens] = [sums.calls / base.calls, sums.total / base.total];
      const goal = shareGoals(records.some(({ flags }) => flags.includes('chat')));
      const failed = records.filter(({ success, harm }) => !success || harm.length > 0).length;
      const misses = [
        ...(calls > goal.calls ? ['calls'] : []),
        ...(tokens > goal.tokens ? ['tokens'] : []),
        ...(failed > 0 ? [`${failed} of ${records.length} runs without success or with harm`] : []),
      ];
      const met = misses.length === 0 ? 'yes' : `no: ${misses.join(', ')}`;
      return `| ${name} | ${percent(calls)} | ${percent(tokens)} | ${percent(goal.calls)}, ${percent(goal.tokens)} | ${met} |`;
    }),
    '',
  ];
};

/** The sum over the tasks of the medians of their runs. */
const sumsOf = (
  records: readonly RunRecord[],
  tasks: readonly string[],
): Pick<Figures, 'calls' | 'total'> => {
  const parts = tasks.flatMap((task) => {
    const runs = records.filter((record) => record.task === task);
    return runs.length === 0 ? [] : [medians(runs)];
  });
  const sum = (field: 'calls' | 'total') => parts.reduce((sofar, part) => sofar + part[field], 0);
  return { calls: sum('calls'), total: sum('total') };
};

const summary = (results: readonly Series[], tasks: readonly string[]): readonly string[] => [
  '| | Success | Harm | Calls | List | Answers | Total | One conversation | Arguments |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ...results.map(({ name, records }) => {
    const parts = tasks.flatMap((task) => {
      const runs = records.filter((record) => record.task === task);
      return runs.length === 0 ? [] : [medians(runs)];
    });
    const total = (field: keyof Figures) => parts.reduce((sofar, part) => sofar + part[field], 0);
    const sum = (field: keyof Figures) => number(total(field));
    const conversation = number((parts[0]?.list ?? 0) + total('answers'));
    const successes = records.filter(({ success }) => success).length;
    const harm = records.filter((record) => record.harm.length > 0).length;
    return `| ${name} | ${successes} of ${records.length} | ${harm} | ${sum('calls')} | ${sum('list')} | ${sum('answers')} | ${sum('total')} | ${conversation} | ${sum('arguments')} |`;
  }),
];

const taskTable = (results: readonly Series[], tasks: readonly string[]): readonly string[] => [
  `| Task | ${results.map(({ name }) => name).join(' | ')} |`,
  `| --- |${results.map(() => ' --- |').join('')}`,
  ...tasks.map((task) => {
    const cells = results.map(({ records }) => {
      const runs = records.filter((record) => record.task === task);
      if (runs.length === 0) return '–';
      const { calls, total } = medians(runs);
      const harm = runs.filter((run) => run.harm.length > 0).length;
      const successes = `${runs.filter(({ success }) => success).length}/${runs.length}`;
      return `${successes}${harm > 0 ? `, harm ${harm}` : ''}, ${calls}, ${number(total)}`;
    });
    return `| ${task} | ${cells.join(' | ')} |`;
  }),
];

const allRuns = ({ name, records }: Series): readonly string[] => [
  ...['<details>', `<summary>${name}</summary>`, ''],
  '| Task | Run | Success | Harm | Calls | List | Answers | Total | Arguments | API requests | Not met |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ...[...records]
    .sort((a, b) => a.task.localeCompare(b.task) || a.run - b.run)
    .map((record) => {
      const { calls, list, answers, total, arguments: written } = figuresOf(record);
      const cells = [record.task, record.run, record.success ? 'yes' : 'no', record.harm.length, calls];
      const tokens = [list, answers, total, written].map(number);
      const missed = [...record.missed, ...(record.exceeded === null ? [] : [`limit: ${record.exceeded}`])];
      const cell = (text: unknown) => String(text).replaceAll('|', '\\|');
      return `| ${[...cells, ...tokens, record.apiRequests, missed.join('; ')].map(cell).join(' | ')} |`;
    }),
  ...['', '</details>', ''],
];
