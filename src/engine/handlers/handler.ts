/** The type of a handler: it carries out one action, given an input that has been validated. */
import type { CommonErrorCode } from '../../catalogue/error-codes.ts';
import type { ActionName, ErrorCodeOf, InputOf, OutputOf } from '../../catalogue/index.ts';
import type { FilesProblem, NodeFiles } from '../model/task-files.ts';
import type { EngineSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';

/** What a handler may use. Created for each request, because it holds the request's region. */
export interface HandlerContext {
  /** `X-TC-Region` of the request; everything that is stored belongs to one region. */
  readonly region: string;
  /** The attempt that the request selects; undefined for the last one. */
  readonly attempt: number | undefined;
  readonly db: Database;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new id in the vendor's form: `job-97zcl3wt`, `task-tmpl-7vtx96n2`. */
  readonly newId: (prefix: IdPrefix) => string;
  /** Signals the loop that there may be something to do; returns at once. */
  readonly wake: () => void;
  readonly settings: EngineSettings;
  /** Checks whether this machine can mount the files of a task; `node` is the environment it runs in. */
  readonly mountProblemOf: (task: Task, node: NodeFiles | undefined) => FilesProblem | undefined;
}

type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** The prefixes of the ids that the engine generates. */
export type IdPrefix = 'job' | 'env' | 'node' | 'act' | 'task-tmpl' | 'ins' | 'img';

/** Ends the request with a code that the action documents, or a common one. The message defaults to that of the code. */
export type Refuse<A extends ActionName> = (
  code: ErrorCodeOf<A> | CommonErrorCode,
  message?: string,
) => never;

/**
 * Carries out one action and returns its response without `RequestId`.
 * It is synchronous so that what it stores and what it responds belong to one transaction.
 */
export type Handler<A extends ActionName> = (
  input: InputOf<A>,
  context: HandlerContext,
  refuse: Refuse<A>,
) => Omit<OutputOf<A>, 'RequestId'>;

/** One handler for each action: the compiler asks for the missing ones. */
export type Handlers = { readonly [A in ActionName]: Handler<A> };
