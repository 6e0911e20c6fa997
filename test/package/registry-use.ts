/** How a command or a configuration would fetch this package by its name from a registry. */
export const registryUse: readonly RegExp[] = [
  // With --package=FILE.tgz the word batch-mcp is the program of that tarball.
  /\b(?:npx|bunx|pnpx|npm exec|pnpm dlx|yarn dlx)\b(?: +(?!--package=\S+\.tgz)-{1,2}[\w-]+(?:=\S+)?)* +(?:@[\w-]+\/)?batch-mcp(?![\w./-]*\.tgz)/,
  /\bnpm (?:install|i|add)\b(?: +-{1,2}[\w-]+)* +(?:@[\w-]+\/)?batch-mcp\b(?!-[\d.]+\.tgz)/,
  /"registryType"/,
  /"(?:npx|bunx)"(?![^\]]*"--package=[^"]+\.tgz")[^\]]*"batch-mcp(?:@[^"]*)?"/,
  /"source": *"npm"/,
];
