/** Tables of compute-envs. */
export const computeEnvsSchema = ``;
