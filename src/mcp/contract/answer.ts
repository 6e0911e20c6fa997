/** What a tool returns. */
import type { CallList } from './call-list.ts';
import type { Fields } from './fields.ts';

export type { Fields } from './fields.ts';

/** What a tool returns: a summary of one line, the fields, and the next steps. */
export interface ToolAnswer {
  readonly summary: string;
  /** JSON, and values of `untrustedText` in place of strings that a job wrote. */
  readonly fields: Fields;
  readonly next?: readonly string[];
  /** A link that grants access. It is shown as it is, and only here: fields, audit and logs are masked. */
  readonly link?: string;
  /** Set where the answer is one page of a list. */
  readonly page?: Page;
  /** Of a tool with `callList`: the calls to be confirmed and sent; empty where there are none. */
  readonly calls?: CallList;
  /** The fields are shown as they are: nothing is left out or formed, but for the limit of tokens. */
  readonly isVerbatim?: true;
  /** The fields are for a view: masked and cleaned, but complete, and not repeated as text. */
  readonly isViewData?: true;
  /** Set where the answer is a refusal. */
  readonly isError?: boolean;
}

/** A page of a list: where the next one begins depends on how much of this one is shown. */
export interface Page {
  readonly tool: string;
  /** The field that holds the list. */
  readonly list: string;
  readonly offset: number;
  readonly total: number;
}
