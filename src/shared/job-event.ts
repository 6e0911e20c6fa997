/** Events of jobs: what an operator is notified of, and what a client that was away learns of later. */
import { createHash } from 'node:crypto';

/** In the order in which they usually follow each other. */
export const eventKinds = ['waiting', 'first-failure', 'cost', 'ended'] as const;
export type EventKind = (typeof eventKinds)[number];

/** Something about a job, never about one of its instances: an array has one event. */
export interface JobEvent {
  /** The same for every copy, and in every program that observes the same. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly kind: EventKind;
  readonly region: string;
  readonly jobId: string;
  /** Text of a user. */
  readonly jobName: string;
  /** As in the API. */
  readonly state: string;
  /** Why, in one sentence; may contain text of a user. */
  readonly detail: string;
}

/** An event in a log, numbered in the order in which it was recorded. */
export interface LoggedEvent extends JobEvent {
  readonly seq: number;
}

/**
 * The id of an event.
 * @param cause what tells apart two events of one kind, for instance the end before and after a retry; empty where a job
 *   has one such event
 */
export const eventIdOf = (jobId: string, kind: EventKind, cause: string): string =>
  `evt_${createHash('sha256').update(`${jobId}\n${kind}\n${cause}`).digest('hex').slice(0, 24)}`;

export interface EventRequest {
  /** A cursor of an earlier answer; without one, the newest events are returned. */
  readonly since?: string | undefined;
  readonly limit: number;
}

/** A part of a log, oldest first. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** Continues after the last of these events. */
  readonly cursor: string;
  /** Whether events follow. */
  readonly hasMore: boolean;
  /** Why this may not be everything since the cursor: it belongs to another log, or events after it were deleted. */
  readonly gap?: string;
}

/** What a sender needs of a log. */
export interface EventQueue {
  /** The oldest events that were not delivered. */
  undelivered(limit: number): readonly LoggedEvent[];
  /** Records on the disk that everything up to this event was delivered. */
  markDelivered(seq: number): void;
}

/** Sends events while it runs. */
export interface EventSender {
  /** Whether events wait that can probably be delivered. */
  isBusy(): boolean;
  /** Resolves when nothing more is sent. */
  stop(): Promise<void>;
}

/** Why a job has a `waiting` event. @param limitMs milliseconds since its submission */
export const longWaitText = (limitMs: number): string => {
  const minutes = Math.round(limitMs / 60_000);
  return `nothing of it has started within ${minutes >= 2 ? `${minutes} minutes` : `${limitMs / 1000} seconds`}`;
};

const cursorForm = /^([0-9a-f]{12})-(\d{1,15})$/;

/** @param logId 12 hexadecimal digits that identify the log */
export const cursorOf = (logId: string, seq: number): string => `${logId}-${seq}`;

/** @returns undefined for a text that is no cursor */
export const readEventCursor = (
  text: string,
): { readonly logId: string; readonly seq: number } | undefined => {
  const [, logId, seq] = cursorForm.exec(text) ?? [];
  return logId === undefined ? undefined : { logId, seq: Number(seq) };
};
