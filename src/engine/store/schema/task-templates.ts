/** Tables of task-templates. */
export const taskTemplatesSchema = ``;
