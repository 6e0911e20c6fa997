/** What an agent is given: tools, and resources where there are any. */

export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: object;
}

export interface ToolAnswer {
  readonly isError: boolean;
  /** What a model gets to read. */
  readonly text: string;
  /** The structured form of the same, for scripted solvers. It is not counted: a model gets one of the two. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface ToolSource {
  readonly tools: readonly ListedTool[];
  /** What a server tells the model beside its tools. */
  readonly instructions: string;
  readonly hasResources: boolean;
  call(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolAnswer>;
  /** Uris, names and descriptions of all resources and resource templates. */
  resources(): Promise<string>;
  read(uri: string): Promise<string>;
  close(): Promise<void>;
}

export interface Access {
  /** Address of the engine. */
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  /** An empty directory for the tools. */
  readonly directory: string;
}
