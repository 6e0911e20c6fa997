/** What a handler is: one action's meaning, given an input that has already been checked. */
import type { ActionName, ErrorCodeOf, InputOf, OutputOf } from '../../catalogue/index.ts';
import type { EngineSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';

/** Everything a handler may touch. It is made anew for each request, because it carries the request's region. */
export interface HandlerContext {
  /** `X-TC-Region` of the request; everything that is stored belongs to one region. */
  readonly region: string;
  readonly db: Database;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A fresh id in the vendor's form: `job-97zcl3wt`, `task-tmpl-7vtx96n2`. */
  readonly newId: (prefix: IdPrefix) => string;
  /** Tells the loop that there may be something to do; returns at once. */
  readonly wake: () => void;
  readonly settings: EngineSettings;
}

/** The words in front of the hyphen in the ids the vendor makes. */
export type IdPrefix = 'job' | 'env' | 'node' | 'act' | 'task-tmpl' | 'ins' | 'img';

/** Ends the request with one of the action's documented codes. Without a message, the usual one for the code. */
export type Refuse<A extends ActionName> = (code: ErrorCodeOf<A>, message?: string) => never;

/**
 * Carries one action out and returns its answer without `RequestId`.
 * It is synchronous so that what it stores and what it answers belong to one transaction.
 */
export type Handler<A extends ActionName> = (
  input: InputOf<A>,
  context: HandlerContext,
  refuse: Refuse<A>,
) => Omit<OutputOf<A>, 'RequestId'>;

/** One handler for each action: the compiler asks for the missing ones. */
export type Handlers = { readonly [A in ActionName]: Handler<A> };
