/** The list of tools for one client: those that render MCP Apps get a view with a tool, and the tools of that view. */
import type { ListedTool } from '../contract/tool.ts';
import { jobViewTool, jobViewUri } from '../job-view/view-resource.ts';
import type { ToolService } from '../tool-service.ts';
import { type ClientFacts, canShowViews } from './client-session.ts';

/** A listed tool as it is served. */
export type ServedTool = Omit<ListedTool, 'annotations'> & {
  readonly annotations?: ListedTool['annotations'];
  readonly _meta?: object;
};

/**
 * The name by which Visual Studio Code introduces itself. Version 1.138 does not show the view of a tool that has
 * annotations (https://github.com/microsoft/vscode/issues/336916).
 */
const withoutAnnotations = 'Visual Studio Code';

/** The list for a client; the same object as the service's list where the client shows no views. */
export const listFor = async (
  toolService: Pick<ToolService, 'list' | 'viewTools'>,
  { info, capabilities }: ClientFacts,
): Promise<readonly ServedTool[]> => {
  const tools = await toolService.list();
  if (!canShowViews(capabilities)) return tools;
  return [
    ...tools.map((tool) => (tool.name === jobViewTool ? withView(tool, info?.name) : tool)),
    ...(await toolService.viewTools()).map((tool) => ({ ...tool, _meta: { ui: { visibility: ['app'] } } })),
  ];
};

const withView = ({ annotations, ...tool }: ListedTool, client: string | undefined): ServedTool => ({
  ...tool,
  ...(client !== withoutAnnotations && { annotations }),
  // Hosts written before the specification was stable read the second form.
  _meta: { ui: { resourceUri: jobViewUri }, 'ui/resourceUri': jobViewUri },
});
