/** The names of the fields of an answer, for a script that reads one that is not there. */

/** Longer ones are maps, whose keys are data. */
const maxFields = 24;
const fieldName = /^[A-Za-z_][\w /]{0,40}$/;

/** `summary jobs[JobId JobName] total`: the fields, and those of the items of a list. */
export const shapeOf = (value: unknown): string =>
  Object.entries(isRecord(value) ? value : {})
    .filter(([name]) => fieldName.test(name))
    .slice(0, maxFields)
    .map(([name, part]) => `${name}${itemShapeOf(part)}`)
    .join(' ');

const itemShapeOf = (value: unknown): string => {
  if (!Array.isArray(value)) return '';
  const [first] = value;
  if (!isRecord(first)) return value.length === 0 ? '[] (empty)' : '[]';
  const names = Object.keys(first).filter((name) => fieldName.test(name));
  return `[${names.slice(0, maxFields).join(' ')}]`;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
