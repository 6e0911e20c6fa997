/** What `Filters` of a list mean: every filter must match; of the values of one, any may. */

export interface TagView {
  readonly Key: string;
  readonly Value: string;
}

export interface FilterView {
  readonly Name: string;
  readonly Values: readonly string[];
}

/**
 * Whether one thing passes all filters.
 * @param readValue the thing's value for a filter's name
 * @param tags the thing's tags, which `tag-key`, `tag-value` and `tag:KEY` ask for
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

/** The values of a filter, all filters of that name taken together; none when it is not used. */
export const valuesOfFilter = (filters: readonly FilterView[] | undefined, name: string): readonly string[] =>
  (filters ?? []).filter((filter) => filter.Name === name).flatMap((filter) => filter.Values);
