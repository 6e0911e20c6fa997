/** What the Azure tools look like from outside: plain objects, so that whoever offers them needs to know nothing of Azure. */
import type * as z from 'zod';

/** Arguments or an answer, as JSON has them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a tool may use while it runs. */
export interface AzureContext {
  /** Ends the call, and any waiting, when the caller has gone. */
  readonly signal: AbortSignal;
  /** `full` where the caller asked for everything the service said. */
  readonly detail: 'concise' | 'full';
  /** Tells the waiting caller how far things are; `done` only grows. */
  progress(done: number, total: number | undefined, message: string): void;
  /** The preview to which a person said yes. What it saw of the job is then what the call insists on. */
  readonly approved?: Pick<AzurePreview, 'state'>;
}

/** What a tool has to say: one line, the fields, and what can be done next. */
export interface AzureAnswer {
  readonly summary: string;
  readonly fields: Fields;
  readonly next?: readonly string[];
  /** Names of fields whose text a job wrote: whoever shows them has to mark them as data. */
  readonly untrusted?: readonly string[];
}

/** What a destructive call would do, read from the service just now. */
export interface AzurePreview {
  /** What is hit, in words. */
  readonly target: string;
  /** What the person types to say yes. */
  readonly confirmationText: string;
  /** As long as all of it stays equal, the preview is still true. */
  readonly state: Readonly<Record<string, string>>;
  /** What would be lost, counted. None of these may grow between the preview and the call. */
  readonly impact: Readonly<Record<string, number>>;
  /** The consequences, one sentence each. */
  readonly consequences: readonly string[];
  /** Whether it can be undone, and how. */
  readonly undo: string;
}

/** The gate of a tool that can destroy something. */
export interface AzureGate {
  /** The sentence a person reads before saying yes. */
  readonly warning: string;
  /** Whether this very call can destroy something. Asks nobody and sends nothing. */
  isNeeded(args: Fields, context: AzureContext): Promise<boolean>;
  /** Reads the target. @throws what the service says, and InputError where there is nothing to destroy */
  preview(args: Fields, context: AzureContext): Promise<AzurePreview>;
}

/** What is known about a tool before anything is configured: enough to list it. */
export interface AzureToolFacts {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly group: 'azure';
  readonly effect: 'read' | 'change' | 'destroy';
  /** Whether a second, equal call leaves things as the first one did. */
  readonly idempotent: boolean;
  readonly input: z.ZodObject;
  /** Whether `detail: "full"` means something to it. */
  readonly hasDetail: boolean;
  /** The sentence of the gate, where there is one. */
  readonly warning?: string;
}

/** A tool that can be called. */
export interface AzureTool extends AzureToolFacts {
  readonly gate?: AzureGate;
  /** @throws InputError, ConfirmationError, ApiError, TransportError, ConfigError */
  run(args: Fields, context: AzureContext): Promise<AzureAnswer>;
}
