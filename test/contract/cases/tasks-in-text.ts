/** What can be wrong with a task, wherever one is sent: in a job, in a template. */
import type { World } from '../fixtures.ts';

/** Adds to the settings of the machine. */
const machine = (world: World, more: object) => ({ ComputeEnv: { EnvData: { ...world.envData, ...more } } });
const mapping = (SourcePath: string, DestinationPath: string) => ({
  InputMappings: [{ SourcePath, DestinationPath }],
});
const bucket = 'cos://bucket-1250000000.cos.ap-guangzhou.myqcloud.com';

/** A task for each code that every action with a task documents. */
export const faultyTasks: Readonly<Record<string, (world: World) => object>> = {
  AllowedOneAttributeInEnvIdAndComputeEnv: (world) =>
    world.task('true', { EnvId: 'env-zzzzzzzz', ComputeEnv: { EnvData: world.envData } }),
  'InvalidParameter.CvmParameters': (world) =>
    world.task('true', machine(world, { LoginSettings: { Password: 'Aa1!aaaa', KeyIds: ['skey-1'] } })),
  'InvalidParameter.TaskName': (world) => world.task('true', { TaskName: '../a b' }),
  'InvalidParameter.TaskNameTooLong': (world) => world.task('true', { TaskName: 'a'.repeat(61) }),
  'InvalidParameterValue.ComputeEnv': (world) =>
    world.task('true', machine(world, { InstanceTypes: ['S5.SMALL2'] })),
  'InvalidParameterValue.LocalPath': (world) => world.task('true', mapping(`${bucket}/in/`, 'relative/')),
  'InvalidParameterValue.MaxRetryCount': (world) => world.task('true', { MaxRetryCount: 6 }),
  'InvalidParameterValue.Negative': (world) => world.task('true', { MaxRetryCount: -1 }),
  'InvalidParameterValue.RemoteStoragePath': (world) => world.task('true', mapping(`${bucket}/in`, '/in/')),
  'InvalidParameterValue.RemoteStorageSchemeType': (world) =>
    world.task('true', mapping('ftp://host/in/', '/in/')),
};

/** Codes that only some of those actions document. */
export const furtherFaultyTasks: Readonly<Record<string, (world: World) => object>> = {
  'InvalidParameter.EnvIdMalformed': (world) => world.task('true', { EnvId: 'env_1' }),
  'InvalidParameter.ImageIdMalformed': (world) => world.task('true', machine(world, { ImageId: 'image' })),
};
