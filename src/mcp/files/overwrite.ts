/** What is confirmed before files are replaced. */
import type { Inspection } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { quoted } from '../render/untrusted.ts';

/** Named one by one in the preview; the others are counted. */
const maxNamed = 20;

/**
 * @param replaced what exists: path and version, which makes the preview stale when it changes
 * @param kind `local file` or `object`
 * @param where a phrase
 */
export const overwriteInspectionOf = (
  replaced: readonly { readonly path: string; readonly version: string }[],
  kind: string,
  where: string,
): Inspection => {
  const [only] = replaced;
  const isOne = replaced.length === 1 && only !== undefined;
  return {
    target: isOne
      ? `the ${kind} ${quoted(only.path)} ${where}`
      : `${counted(replaced.length, kind)} ${where}`,
    confirmationText: isOne ? (only.path.split('/').at(-1) ?? only.path) : `${replaced.length} files`,
    state: Object.fromEntries(replaced.map(({ path, version }) => [path, version])),
    impact: { files: replaced.length },
    undo: 'The present content cannot be restored.',
    ...(replaced.length === 0 && { nothingToDo: 'Nothing that exists would be replaced.' }),
    consequences: async () => [
      ...replaced
        .slice(0, maxNamed)
        .map(({ path, version }) => `${quoted(path)} (${version}) would be replaced.`),
      ...(replaced.length > maxNamed ? [`So would ${replaced.length - maxNamed} more.`] : []),
    ],
  };
};
