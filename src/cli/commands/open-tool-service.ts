/** The tool service of a configuration: one account, or with `--config` one for each profile. */
import type { Log } from '../../shared/log.ts';
import type { Config } from '../config.ts';
import { azureSettingsOf, type OpenedService, openAccountService } from './account-service.ts';
import { createTarget } from './target.ts';

export interface CheckedService extends OpenedService {
  /** What is wrong with the settings, one sentence each; the calls that need them fail. */
  readonly problems: readonly string[];
}

/**
 * Opens the tool service. Invalid settings that are not safety settings are returned in `problems`.
 * @throws ConfigError if a safety setting is invalid: a policy of the profiles file, --tools, or a field of --allow-env
 */
export const openToolService = async (config: Config, log: Log, program: string): Promise<CheckedService> => {
  await checkAllowEnv(config);
  const opened = await open(config, log, program);
  // Selecting the tools is the check of --tools, which must not fail only when a client lists them.
  if (config.explicit.has('tools') || config.config !== undefined) await opened.toolService.list();
  return { ...opened, problems: [...opened.problems, ...(await azureProblems(config))] };
};

const checkAllowEnv = async ({ allowEnv, azureEndpoint, explicit }: Config): Promise<void> => {
  // Loads the catalogue, which a start otherwise does without.
  if (!allowEnv.some((item) => item.includes('='))) return;
  const { checkAllowedFields } = await import('./check-allowed-fields.ts');
  const azure = azureEndpoint === undefined ? undefined : await import('../../azure/index.ts');
  checkAllowedFields(
    allowEnv,
    explicit.get('allowEnv') ?? '--allow-env',
    azure?.listableAzureTools.map(({ input }) => input),
  );
};

const open = async (config: Config, log: Log, program: string): Promise<CheckedService> => {
  const problems = [...config.warnings, ...config.problems.map(({ message }) => message)];
  if (config.config === undefined) {
    const target = createTarget(config, log, program);
    // The endpoint is checked by creating the target, the other settings before it.
    const own = target.problem === undefined ? [] : [target.problem];
    return { ...openAccountService(config, target), problems: [...new Set([...problems, ...own])] };
  }
  const { openProfileServices } = await import('./profile-services.ts');
  const service = await openProfileServices(config, config.config, log, program);
  return { ...service, problems: [...problems, ...service.problems] };
};

/** What is wrong with the settings of Azure, beyond what the configuration itself can check. */
export const azureProblems = async (config: Config): Promise<readonly string[]> => {
  if (config.azureEndpoint === undefined) return [];
  const { settingsProblem } = await import('../../azure/index.ts');
  const problem = settingsProblem(azureSettingsOf(config));
  return problem === undefined || config.problems.some(({ message }) => message === problem) ? [] : [problem];
};
