/** What scripted solvers share: calling a tool, and confirming what it previews. */
import type { Recorder } from '../harness/recorder.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Tools {
  /** Calls a tool. @returns its structured answer @throws Error with the text of a refusal that is no preview */
  call<Answer = Fields>(name: string, args: Fields): Promise<Answer>;
  /** Calls a tool that needs a confirmation, confirming its preview as it is. */
  confirm(name: string, args: Fields): Promise<Fields>;
}

export const toolsOf = (recorder: Recorder): Tools => {
  const call = async <Answer = Fields>(name: string, args: Fields): Promise<Answer> => {
    const { isError, text, fields = {} } = await recorder.call(name, args);
    if (isError && fields.preview === undefined) throw new Error(text);
    return fields as Answer;
  };
  return {
    call,
    confirm: async (name, args) => {
      const { preview } = await call<{ preview?: { code?: string } }>(name, args);
      if (preview?.code === undefined) throw new Error(`The preview of ${name} has no code.`);
      return call(name, { ...args, confirm: true, preview: preview.code });
    },
  };
};
