/** The lines that prove what failed: of one instance, the error with its neighbours, from both streams. */
import type { ToolContext } from '../contract/tool.ts';
import { type UntrustedText, untrustedText } from '../contract/untrusted-text.ts';
import { shownLine } from '../logs/log-line.ts';
import { type ApiLog, type LogSource, logsOf, type Stream } from '../logs/log-source.ts';
import { readLines } from '../logs/read-lines.ts';
import { quoted } from '../render/untrusted.ts';
import type { Cluster, Failure } from './failure-clusters.ts';
import { proofLineOf } from './proof-line.ts';

/** The sample of a kind of failure. */
export interface Proof {
  readonly text: UntrustedText;
  /** Whether its log was read from object storage. */
  readonly isStored: boolean;
}

/** A log's end: what came before says less about why it ended. */
const tailLines = 200;
const tailBytes = 64 * 1024;
const linesBefore = 3;
const linesAfter = 2;
/** Of the stream without the error, the last lines say how far it came. */
const linesOfOther = 2;
const maxLineLength = 200;

/** Logs of other instances of a kind that a line is compared with. */
const maxPeers = 10;

/** The instance whose log is shown; it wrote something. */
export const sampleOf = ({ failures }: Cluster): Failure | undefined =>
  failures.find((failure) => failure.log !== undefined && failure.log !== '');

/**
 * Reads the proof for one kind of failure. Its complete log is used where it is stored, and costs no call of the API.
 * @param apiLog of the sample, as DescribeTaskLogs returned it
 * @param total number of instances of its task
 */
export const readProof = async (
  cluster: Cluster,
  sample: Failure,
  apiLog: ApiLog,
  { JobId, total }: { readonly JobId: string; readonly total: number },
  context: ToolContext,
): Promise<Proof> => {
  const open = logsOf([apiLog], { JobId, TaskName: sample.TaskName, total }, context);
  const [stdout, stderr] = [
    await tailOf(await open(apiLog, 'stdout'), 'stdout'),
    await tailOf(await open(apiLog, 'stderr'), 'stderr'),
  ];
  const [main, other] = stderr.lines.length > 0 ? [stderr, stdout] : [stdout, stderr];
  const common = cluster.signature.at(-1) ?? '';
  const proof = proofLineOf(main.lines, peersOf(cluster, sample));
  const lines = [
    ...mainLinesOf(main, proof),
    ...other.lines
      .slice(-linesOfOther)
      .map((line, at, shown) => labelled(other, other.lines.length - shown.length + at, line, '-')),
    // Where the last line is the same in all of them, it is shown already.
    ...(common === '' || cluster.failures.length === 1 || main.lines.some((line) => line.endsWith(common))
      ? []
      : [`[all of them end like: ${common}]`]),
  ];
  const empty = [stdout, stderr].filter((tail) => tail.lines.length === 0).map(({ stream }) => stream);
  const of = `instance ${sample.TaskInstanceIndex} of ${quoted(sample.TaskName)}`;
  return {
    text: untrustedText(
      lines.join('\n'),
      `${of}, STREAM:LINE: text (- beside the error${inAllOf(cluster, main.lines[proof])})${empty.length > 0 ? `; ${empty.join(' and ')} is empty` : ''}`,
    ),
    isStored: stdout.isStored || stderr.isStored,
  };
};

const peersOf = ({ failures }: Cluster, sample: Failure): readonly string[] =>
  failures.flatMap(({ log }, at) => (log && failures[at] !== sample ? [log] : [])).slice(0, maxPeers);

/** That every instance of the kind wrote this line; nothing where one did not, or where not all logs were read. */
const inAllOf = ({ failures, unread }: Cluster, line = ''): string => {
  const text = line.trim();
  const isInAll = failures.every(({ log = '' }) => log.split('\n').some((other) => other.trim() === text));
  return unread === 0 && failures.length > 1 && text !== '' && isInAll
    ? `; the error is the same in all ${failures.length}`
    : '';
};

interface Tail {
  readonly stream: Stream;
  readonly lines: readonly string[];
  /** Number of the first line, where it is known. */
  readonly firstLine: number | undefined;
  readonly isStored: boolean;
}

const tailOf = async (source: LogSource, stream: Stream): Promise<Tail> => {
  const limits = { maxBytes: tailBytes, mayRead: () => true };
  const { lines, firstLine } = await readLines(source.bytes, { kind: 'tail', lines: tailLines }, limits);
  const isNumbered = source.limitation === undefined && firstLine !== undefined;
  return {
    stream,
    lines: lines.every((line) => line === '') ? [] : lines,
    firstLine: isNumbered ? firstLine : undefined,
    isStored: source.from === 'stored',
  };
};

const mainLinesOf = (tail: Tail, proof: number): readonly string[] => {
  const first = Math.max(0, proof - linesBefore);
  return tail.lines
    .slice(first, proof + linesAfter + 1)
    .map((line, at) => labelled(tail, first + at, line, first + at === proof ? ':' : '-'));
};

const labelled = ({ stream, firstLine }: Tail, at: number, line: string, mark: ':' | '-'): string =>
  `${stream === 'stdout' ? 'out' : 'err'}${mark}${firstLine === undefined ? '' : `${firstLine + at}${mark}`} ${shownLine(line, maxLineLength)}`;
