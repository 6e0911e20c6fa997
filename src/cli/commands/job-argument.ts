/** The job that a command is about, from its words. */
import { JobId as jobIdSchema } from '../../catalogue/shapes/common.ts';
import { ConfigError } from '../../shared/errors.ts';

/**
 * @param words what follows the name of the command
 * @throws ConfigError with the usage unless it is one JobId
 */
export const jobArgumentOf = ([JobId, ...more]: readonly string[], usage: string): string => {
  if (JobId === undefined || more.length > 0) throw new ConfigError(usage);
  if (jobIdSchema.safeParse(JobId).success) return JobId;
  throw new ConfigError(`${JSON.stringify(JobId)} is not a JobId, which has the form job-1a2b3c4d. ${usage}`);
};
