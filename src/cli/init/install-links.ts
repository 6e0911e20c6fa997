/** Links by which editors add a server after showing its command to the user. */

interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** https://cursor.com/docs/mcp/install-links */
export const cursorLinkOf = (name: string, { command, args }: ServerCommand): string => {
  const config = Buffer.from(JSON.stringify({ command, args })).toString('base64');
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${encodeURIComponent(config)}`;
};

/** https://code.visualstudio.com/api/extension-guides/ai/mcp#create-an-mcp-installation-url */
export const vscodeLinkOf = (name: string, { command, args }: ServerCommand): string =>
  `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'stdio', command, args }))}`;
