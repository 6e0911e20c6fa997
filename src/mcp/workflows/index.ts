/** The tools that are not single actions: they take several calls off an assistant's hands. */
import type { Tool } from '../tool.ts';

export interface WorkflowOptions {
  readonly random: (bytes: number) => Uint8Array;
}

/** In the order of the list. */
export const workflowTools = (_: WorkflowOptions): readonly Tool[] => [];
