/** The toolbox as this configuration wants it: one, or one for each profile. */

import { createToolService } from '../../mcp/tool-service.ts';
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { createTarget } from './target.ts';
import { type OpenToolService, siteOf, toolServiceOptionsOf } from './tool-service-options.ts';

/** @throws ConfigError where the configuration contradicts itself, or the file of profiles is wrong */
export const openToolService = async (
  config: Config,
  log: Log,
  program: string,
): Promise<OpenToolService> => {
  if (config.config !== undefined) {
    return (await import('./profiles.ts')).openProfiles(config, config.config, log, program);
  }
  const target = createTarget(config, log, program);
  return {
    toolService: createToolService(toolServiceOptionsOf(config, target)),
    where: target.where,
    region: target.region,
    site: siteOf(config),
  };
};
