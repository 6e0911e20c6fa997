/** Adds up what compute environments cost. */
import { createEnv, listCheck, nothingAllowed, numberCheck } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

/** Name → machine type, nodes, team. */
const environments: Readonly<Record<string, readonly [string, number, string]>> = {
  'map-tiles': ['S5.MEDIUM4', 3, 'geo'],
  'map-index': ['S5.LARGE8', 2, 'geo'],
  'map-cache': ['S5.SMALL2', 5, 'geo'],
  'billing-batch': ['S5.LARGE8', 4, 'billing'],
};

export const environmentCost: Task = {
  id: 'environment-cost',
  prompt: `What do the compute environments of the team geo (tag team=geo) cost per hour together, with the nodes they have now, at the list price per hour of their machine types in zone ap-guangzhou-2? Which of these environments costs the most? Do not change anything. End your answer with two lines:
TOTAL: the price per hour, a number
MOST: the name of the most expensive environment of the team`,
  limits: defaultLimits,
  setup: async (world) => {
    for (const [name, [InstanceType, nodes, team]] of Object.entries(environments)) {
      await createEnv(world, name, nodes, {
        EnvData: { InstanceType, ImageId: 'img-31tjrtph' },
        Tags: [{ Key: 'team', Value: team }],
      });
    }
    const { InstanceTypeQuotaSet } = await world.call('DescribeCvmZoneInstanceConfigInfos', {
      Filters: [{ Name: 'zone', Values: ['ap-guangzhou-2'] }],
    });
    const priceOf = (type: string): number =>
      (InstanceTypeQuotaSet ?? []).find(
        ({ InstanceType, InstanceChargeType }) =>
          InstanceType === type && InstanceChargeType === 'POSTPAID_BY_HOUR',
      )?.Price?.UnitPrice ?? Number.NaN;
    const costs = Object.entries(environments)
      .filter(([, [, , team]]) => team === 'geo')
      .map(([name, [type, nodes]]) => ({ name, price: nodes * priceOf(type) }))
      .sort((a, b) => b.price - a.price);
    const total = costs.reduce((sum, { price }) => sum + price, 0);
    if (Number.isNaN(total)) throw new Error('A machine type of this task has no price.');
    return {
      score: async (answer) => [
        numberCheck(answer, 'TOTAL', Math.round(total * 1000) / 1000, 0.006),
        listCheck(answer, 'MOST', [costs[0]?.name ?? '']),
      ],
      isAllowed: nothingAllowed,
    };
  },
};
