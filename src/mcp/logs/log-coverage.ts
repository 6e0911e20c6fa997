/** What an answer about logs is based on: complete logs, parts of logs and why, bytes that are missing. */
import { counted } from '../render/counted.ts';
import { sizeTextOf } from '../render/size.ts';
import { logBytes } from './api-log.ts';
import { type LogSource, limitationTextOf, type Stream } from './log-source.ts';

export interface LogCoverage {
  readonly instances: number;
  /** Indexes of instances without output in the streams that were read. */
  readonly silent: readonly number[];
  /** Streams that were read from object storage, and their length in bytes. */
  readonly stored: { readonly streams: number; readonly bytes: number };
  /** Streams of which only what the API returns was read, by reason. */
  readonly partial: readonly { readonly reason: string; readonly streams: number }[];
  /** Sentences on bytes that the engine cut out of a log. */
  readonly cuts: readonly string[];
}

// More would be a list of every instance of a job that writes too much.
const maxCuts = 5;

/** A stream that was read, without its bytes. */
export interface ReadStream {
  readonly index: number;
  readonly stream: Stream;
  readonly from: LogSource['from'];
  /** Bytes that could be read. */
  readonly length: number;
  readonly limitation?: LogSource['limitation'];
  readonly cut?: LogSource['cut'];
}

export const readStreamOf = (index: number, stream: Stream, source: LogSource): ReadStream => {
  const { from, bytes, limitation, cut } = source;
  return { index, stream, from, length: bytes.size, ...(limitation && { limitation }), ...(cut && { cut }) };
};

/** Sums up the streams that were read. */
export const coverageOf = (streams: readonly ReadStream[]): LogCoverage => {
  const lengths = new Map<number, number>();
  const partial = new Map<string, number>();
  for (const { index, length, limitation } of streams) {
    lengths.set(index, (lengths.get(index) ?? 0) + length);
    if (limitation === undefined) continue;
    const reason = limitationTextOf(limitation);
    partial.set(reason, (partial.get(reason) ?? 0) + 1);
  }
  const stored = streams.filter(({ from }) => from === 'stored');
  return {
    instances: lengths.size,
    silent: [...lengths].filter(([, length]) => length === 0).map(([index]) => index),
    stored: { streams: stored.length, bytes: stored.reduce((sum, { length }) => sum + length, 0) },
    partial: [...partial].map(([reason, count]) => ({ reason, streams: count })),
    cuts: streams.flatMap(({ index, stream, cut }) =>
      cut === undefined ? [] : [cutTextOf(`${stream} of instance ${index}`, cut)],
    ),
  };
};

/** Which bytes the engine cut out of a log. */
export const cutTextOf = (what: string, { missing, offset }: NonNullable<LogSource['cut']>): string =>
  `${what} lacks ${missing} bytes after byte ${offset}: the engine cut them out to keep it below its limit`;

/** The sentences of the coverage that are not about which instances were read. */
export const coverageTextOf = ({ stored, partial, cuts }: Omit<LogCoverage, 'silent'>): string =>
  [
    ...(stored.streams > 0
      ? [
          `${counted(stored.streams, 'log')} read completely from object storage (${sizeTextOf(stored.bytes)}).`,
        ]
      : []),
    ...partial.map(
      ({ reason, streams }) =>
        `Of ${counted(streams, 'longer log')} only the ${logBytes} bytes that the API returns: ${reason}.`,
    ),
    ...cuts.slice(0, maxCuts).map((text) => `${text}.`),
    ...(cuts.length > maxCuts ? [`${cuts.length - maxCuts} more logs were cut in the same way.`] : []),
  ].join(' ');
