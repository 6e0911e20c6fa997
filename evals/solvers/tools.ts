/** What scripted solvers share: calling a tool, confirming what it previews, running a script. */
import type { Recorder } from '../harness/recorder.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Tools {
  /**
   * Calls a tool, through a script if it is not in the list.
   * @returns its structured answer
   * @throws Error with the text of a refusal that is no preview
   */
  call<Answer = Fields>(name: string, args: Fields): Promise<Answer>;
  /** Calls a tool that needs a confirmation, confirming its preview as it is. */
  confirm(name: string, args: Fields): Promise<Fields>;
  /** Runs a script that returns a string. @returns the string, without the fence around text of jobs */
  script(script: string): Promise<string>;
}

export const toolsOf = (recorder: Recorder): Tools => {
  const callListed = async (name: string, args: Fields): Promise<Fields> => {
    const { isError, text, fields = {} } = await recorder.call(name, args);
    if (isError && fields.preview === undefined) throw new Error(text);
    return fields;
  };
  const call = async <Answer = Fields>(name: string, args: Fields): Promise<Answer> => {
    const isListed = recorder.tools.some((tool) => tool.name === name);
    const fields = isListed
      ? await callListed(name, args)
      : (await callListed('RunScript', { script: `return ${name}(${JSON.stringify(args)})` })).result;
    // What a solver reads of an answer is typed where it calls.
    return fields as Answer;
  };
  return {
    call,
    confirm: async (name, args) => {
      const { preview } = await call<{ preview?: { code?: string } }>(name, args);
      if (preview?.code === undefined) throw new Error(`The preview of ${name} has no code.`);
      return call(name, { ...args, confirm: true, preview: preview.code });
    },
    script: async (script) => unfenced((await call<{ result: string }>('RunScript', { script })).result),
  };
};

const unfenced = (result: string): string => {
  const [, fenced] = /^<<DATA-\w+[^\n]*\n(.*)\nDATA-\w+>>$/s.exec(result) ?? [];
  if (fenced === undefined) return result;
  return fenced.startsWith('"') ? String(JSON.parse(fenced)) : fenced;
};
