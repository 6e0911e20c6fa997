/** The tool service of a configuration: one account, or with `--config` one for each profile. */
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { type OpenedService, openAccountService } from './account-service.ts';
import { createTarget } from './target.ts';

/** @throws ConfigError if the configuration contradicts itself, or the profiles file is invalid */
export const openToolService = async (config: Config, log: Log, program: string): Promise<OpenedService> =>
  config.config === undefined
    ? openAccountService(config, createTarget(config, log, program))
    : (await import('./profile-services.ts')).openProfileServices(config, config.config, log, program);
