/** The actions on compute environments: pools of nodes, each a slot of this machine. */
import { coresOf, type EnvInfo, instanceTypeOf, modifiedInfoOf, retriesOf } from '../model/compute-env.ts';
import { causes, nodesToRemove } from '../model/compute-node.ts';
import { valuesOfFilter } from '../model/filters.ts';
import { capacityOf } from '../model/instance-types.ts';
import { masked } from '../model/masking.ts';
import { isZoneOf, zoneMessage } from '../model/zones.ts';
import { rememberToken, resourceOfToken } from '../store/client-tokens.ts';
import { addNode, endNode, infoOf, recordEnvEvent } from '../store/compute-env-changes.ts';
import { countEnvs, findEnv, insertEnv, markEnvDeleting, updateEnv } from '../store/compute-envs.ts';
import { coresInUse, nodesOf } from '../store/compute-nodes.ts';
import { isEnvInUse } from '../store/tasks.ts';
import { createInfoOf, nodeViewOf, noEnv, pageOf, selectEnvs, viewOf } from './compute-env-views.ts';
import type { Handler, HandlerContext } from './handler.ts';

const CreateComputeEnv: Handler<'CreateComputeEnv'> = (input, context, refuse) => {
  const { db, region, settings } = context;
  const { ComputeEnv, Placement, ClientToken } = input;
  // A repeated request returns the original environment, whatever has changed since.
  const known = ClientToken && resourceOfToken(db, region, 'CreateComputeEnv', ClientToken);
  if (known) return { EnvId: known };
  for (const zone of [Placement.Zone, ...(ComputeEnv.EnvData?.Zones ?? [])]) {
    if (!isZoneOf(zone, region)) refuse('InvalidZone.MismatchRegion', zoneMessage(zone, region));
    if (settings.zoneConditions[zone] === 'unavailable') refuse('InvalidParameterValue.UnavailableZone');
  }
  if (countEnvs(db, region) >= settings.quotas.computeEnvs) refuse('LimitExceeded.ComputeEnvQuota');
  const count = ComputeEnv.DesiredComputeNodeCount;
  const instanceType =
    instanceTypeOf(ComputeEnv.EnvData) ??
    refuse('InvalidParameterValue.InstanceType', 'No instance type has what InstanceTypeOptions ask for.');
  checkCores(context, coresOf(instanceType, count), () => refuse('LimitExceeded.CpuQuota'));

  const envId = context.newId('env');
  insertEnv(db, region, {
    envId,
    name: ComputeEnv.EnvName,
    zone: Placement.Zone,
    placement: JSON.stringify(Placement),
    info: JSON.stringify(masked(ComputeEnv)),
    tags: JSON.stringify(ComputeEnv.Tags ?? []),
    desired: count,
    createTime: context.now(),
  });
  addNodes(context, envId, ComputeEnv, instanceType, count, causes.created(count));
  const env = findEnv(db, region, envId);
  if (env) recordEnvEvent(context, env, 'COMPUTE_ENV_CREATED');
  if (ClientToken) rememberToken(db, region, 'CreateComputeEnv', ClientToken, envId, context.now());
  context.wake();
  return { EnvId: envId };
};

const DescribeComputeEnvs: Handler<'DescribeComputeEnvs'> = (input, context, refuse) => {
  if (valuesOfFilter(input.Filters, 'resource-type').some((value) => value !== 'CVM' && value !== 'CPM')) {
    refuse('InvalidParameterValue.ResourceType');
  }
  const found = selectEnvs(context, input, (zone) =>
    refuse('InvalidZone.MismatchRegion', zoneMessage(zone, context.region)),
  );
  return { ComputeEnvSet: pageOf(found, input).map((env) => viewOf(env, context)), TotalCount: found.length };
};

const DescribeComputeEnv: Handler<'DescribeComputeEnv'> = (input, context, refuse) => {
  const env =
    findEnv(context.db, context.region, input.EnvId) ??
    refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, context.region));
  return { ...viewOf(env, context), ComputeNodeSet: nodesOf(context.db, env.envId).map(nodeViewOf) };
};

const DescribeComputeEnvCreateInfos: Handler<'DescribeComputeEnvCreateInfos'> = (input, context, refuse) => {
  const found = selectEnvs(context, input, (zone) =>
    refuse('InvalidZone.MismatchRegion', zoneMessage(zone, context.region)),
  );
  return { TotalCount: found.length, ComputeEnvCreateInfoSet: pageOf(found, input).map(createInfoOf) };
};

const DescribeComputeEnvCreateInfo: Handler<'DescribeComputeEnvCreateInfo'> = (
  input,
  { db, region },
  refuse,
) =>
  createInfoOf(
    findEnv(db, region, input.EnvId) ?? refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, region)),
  );

const ModifyComputeEnv: Handler<'ModifyComputeEnv'> = (input, context, refuse) => {
  const { db, region } = context;
  const env =
    findEnv(db, region, input.EnvId) ?? refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, region));
  if (env.deleting) refuse('UnsupportedOperation.ComputeEnvAcceptOtherRequest');
  const info = modifiedInfoOf(infoOf(env), input);
  const desired = input.DesiredComputeNodeCount ?? env.desired;
  updateEnv(db, env.envId, { name: info.EnvName, info: JSON.stringify(info), desired });
  if (desired > env.desired) {
    // Types were validated when they were stored, so there is always a first one.
    const instanceType = instanceTypeOf(info.EnvData) ?? refuse('InvalidParameterValue.InstanceType');
    const added = desired - env.desired;
    checkCores(context, coresOf(instanceType, added), () => refuse('LimitExceeded.CpuQuota'));
    addNodes(context, env.envId, info, instanceType, added, causes.grown(env.desired, desired));
  }
  if (desired < env.desired) {
    const nodes = nodesOf(db, env.envId);
    const chosen =
      nodesToRemove(nodes, env.desired - desired) ??
      refuse('UnsupportedOperation.NotEnoughComputeNodesToTerminate');
    for (const node of nodes.filter(({ nodeId }) => chosen.includes(nodeId))) {
      endNode(context, env, node, causes.shrunk(env.desired, desired));
    }
  }
  context.wake();
  return {};
};

const DeleteComputeEnv: Handler<'DeleteComputeEnv'> = (input, context, refuse) => {
  const { db, region } = context;
  const env =
    findEnv(db, region, input.EnvId) ?? refuse('ResourceNotFound.ComputeEnv', noEnv(input.EnvId, region));
  if (env.deleting) refuse('UnsupportedOperation.AcceptOtherRequest');
  const nodes = nodesOf(db, env.envId);
  // The guide says that all machines are destroyed, the note on the parameter that none may be left. This reading loses
  // no work: nodes that are busy or attached must be removed first, idle ones go with the environment.
  if (nodes.some((node) => node.origin === 'USER_ATTACHED')) {
    refuse('UnsupportedOperation.ComputeEnvOperation', 'Detach the attached instances first.');
  }
  if (isEnvInUse(db, region, env.envId) || nodes.some((node) => node.busyWith !== null)) {
    refuse('UnsupportedOperation.ComputeEnvOperation', 'Tasks run on its nodes, or wait for one.');
  }
  if (nodes.some((node) => ['SUBMITTED', 'CREATING', 'DELETING'].includes(node.state))) {
    refuse('UnsupportedOperation.ComputeNodeForbidTerminate');
  }
  for (const node of nodes) endNode(context, env, node, causes.deleted(env.envId));
  markEnvDeleting(db, env.envId);
  context.wake();
  return {};
};

const addNodes = (
  context: HandlerContext,
  envId: string,
  info: EnvInfo,
  instanceType: string,
  count: number,
  cause: string,
): void => {
  const { cpu, memory: mem } = capacityOf(instanceType);
  const retriesLeft = retriesOf(info);
  for (let added = 0; added < count; added += 1) {
    const instanceId = context.newId('ins');
    addNode(
      context,
      envId,
      { origin: 'BATCH_CREATED', instanceId, instanceType, cpu, mem, retriesLeft },
      cause,
    );
  }
};

/** The vendor's quota of cores counts the nodes that Batch has created for the user, per region. */
const checkCores = ({ db, region, settings }: HandlerContext, added: number, refuse: () => never): void => {
  if (coresInUse(db, region) + added > settings.quotas.cpuCores) refuse();
};

export const computeEnvHandlers = {
  CreateComputeEnv,
  DescribeComputeEnvs,
  DescribeComputeEnv,
  DescribeComputeEnvCreateInfos,
  DescribeComputeEnvCreateInfo,
  ModifyComputeEnv,
  DeleteComputeEnv,
};
