/** Invalid tasks by error code, for actions that take a job or a template. */
import type { Fixtures } from '../fixtures.ts';

/** The machine settings with additions. */
const machine = (fixtures: Fixtures, more: object) => ({
  ComputeEnv: { EnvData: { ...fixtures.envData, ...more } },
});
const mapping = (SourcePath: string, DestinationPath: string) => ({
  InputMappings: [{ SourcePath, DestinationPath }],
});
const bucket = 'cos://bucket-1250000000.cos.ap-guangzhou.myqcloud.com';

/** For error codes that every action with a task documents. */
export const invalidTasks: Readonly<Record<string, (fixtures: Fixtures) => object>> = {
  AllowedOneAttributeInEnvIdAndComputeEnv: (fixtures) =>
    fixtures.task('true', { EnvId: 'env-zzzzzzzz', ComputeEnv: { EnvData: fixtures.envData } }),
  'InvalidParameter.CvmParameters': (fixtures) =>
    fixtures.task('true', machine(fixtures, { LoginSettings: { Password: 'Aa1!aaaa', KeyIds: ['skey-1'] } })),
  'InvalidParameter.TaskName': (fixtures) => fixtures.task('true', { TaskName: '../a b' }),
  'InvalidParameter.TaskNameTooLong': (fixtures) => fixtures.task('true', { TaskName: 'a'.repeat(61) }),
  'InvalidParameterValue.ComputeEnv': (fixtures) =>
    fixtures.task('true', machine(fixtures, { InstanceTypes: ['S5.SMALL2'] })),
  'InvalidParameterValue.LocalPath': (fixtures) =>
    fixtures.task('true', mapping(`${bucket}/in/`, 'relative/')),
  'InvalidParameterValue.MaxRetryCount': (fixtures) => fixtures.task('true', { MaxRetryCount: 6 }),
  'InvalidParameterValue.Negative': (fixtures) => fixtures.task('true', { MaxRetryCount: -1 }),
  'InvalidParameterValue.RemoteStoragePath': (fixtures) =>
    fixtures.task('true', mapping(`${bucket}/in`, '/in/')),
  'InvalidParameterValue.RemoteStorageSchemeType': (fixtures) =>
    fixtures.task('true', mapping('ftp://host/in/', '/in/')),
};

/** For error codes that only some of those actions document. */
export const moreInvalidTasks: Readonly<Record<string, (fixtures: Fixtures) => object>> = {
  'InvalidParameter.EnvIdMalformed': (fixtures) => fixtures.task('true', { EnvId: 'env_1' }),
  'InvalidParameter.ImageIdMalformed': (fixtures) =>
    fixtures.task('true', machine(fixtures, { ImageId: 'image' })),
};
