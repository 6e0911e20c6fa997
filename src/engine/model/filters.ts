/** Evaluates `Filters`: every filter must match, with any of its values. */

export interface TagView {
  readonly Key: string;
  readonly Value: string;
}

export interface FilterView {
  readonly Name: string;
  readonly Values: readonly string[];
}

/**
 * Whether an object passes all filters.
 * @param readValue the object's value for the name of a filter
 * @param tags the object's tags, for `tag-key`, `tag-value` and `tag:KEY`
 */
export const passes = (
  filters: readonly FilterView[] | undefined,
  readValue: (name: string) => string | undefined,
  tags: readonly TagView[] = [],
): boolean =>
  (filters ?? []).every(({ Name, Values }) => {
    if (Name === 'tag-key') return tags.some((tag) => Values.includes(tag.Key));
    if (Name === 'tag-value') return tags.some((tag) => Values.includes(tag.Value));
    if (Name.startsWith('tag:')) {
      const key = Name.slice('tag:'.length);
      return tags.some((tag) => tag.Key === key && Values.includes(tag.Value));
    }
    const value = readValue(Name);
    return value !== undefined && Values.includes(value);
  });

/** The values of all filters of a name. */
export const valuesOfFilter = (filters: readonly FilterView[] | undefined, name: string): readonly string[] =>
  (filters ?? []).filter((filter) => filter.Name === name).flatMap((filter) => filter.Values);
