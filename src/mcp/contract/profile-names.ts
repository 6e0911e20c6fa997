/** The accounts that a call can name with `profile`, where the server has several. */
export interface ProfileNames {
  /** In the order of the profiles file. */
  readonly names: readonly string[];
  /** Of calls that name none; without one every call has to. */
  readonly default: string | undefined;
}
