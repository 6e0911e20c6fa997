/** The cloud as a target, from variables of its own, so that nobody's usual keys are used by a test run. */
import type { Target } from './target.ts';

/**
 * `BATCH_MCP_CONTRACT_SECRET_ID` and `…_SECRET_KEY` switch it on; `…_TOKEN`, `…_REGION`, `…_ZONE`, `…_IMAGE_ID` and
 * `…_INSTANCE_TYPE` say where and what. Only with `…_SPEND=1` are jobs and machines made, which cost money.
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
