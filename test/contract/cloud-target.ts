/** The cloud as a target. It has separate environment variables, so a test run never uses the default credentials. */
import type { Target } from './target.ts';

/**
 * `BATCH_MCP_CONTRACT_SECRET_ID` and `…_SECRET_KEY` enable it; `…_TOKEN`, `…_REGION`, `…_ZONE`, `…_IMAGE_ID` and
 * `…_INSTANCE_TYPE` are optional. Jobs and machines, which cost money, are created only with `…_SPEND=1`.
 */
export const cloudTargetOf = (
  environment: Readonly<Record<string, string | undefined>>,
): Target | undefined => {
  const read = (name: string): string | undefined => environment[`BATCH_MCP_CONTRACT_${name}`] || undefined;
  const secretId = read('SECRET_ID');
  const secretKey = read('SECRET_KEY');
  if (!secretId || !secretKey) return undefined;
  const region = read('REGION') ?? 'ap-guangzhou';
  return {
    name: 'the cloud',
    access: {
      secretId,
      secretKey,
      token: read('TOKEN'),
      protocol: 'https://',
      host: 'batch.tencentcloudapi.com',
    },
    region,
    zone: read('ZONE') ?? `${region}-3`,
    imageId: read('IMAGE_ID') ?? 'img-eb30mz89',
    instanceType: read('INSTANCE_TYPE') ?? 'S5.SMALL2',
    maySpend: read('SPEND') === '1',
    hasPython: true,
    hasSpareInstances: false,
  };
};
