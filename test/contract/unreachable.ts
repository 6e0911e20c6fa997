/** Documented error codes that no request can provoke on the engine, with the reason. */
import type { ActionName } from './vocabulary.ts';

/** For codes about failures of other services. */
const noSuchService = 'The engine calls no other service, so none can fail.';
const noDefect = 'It reports defects of the service. A test of the wire provokes one; no valid request can.';
const noDependences = 'The action has no parameter for dependences.';
const anyKind = 'No parameter of the API accepts several types.';
const otherCode = (code: string) => `The case is answered with the more specific ${code}.`;
const specificCodes = 'Every invalid value here has a more specific code.';

type Reasons = Readonly<Record<string, string>>;

/** For every action that documents the code. */
export const unreachableEverywhere: Reasons = {
  InternalError: noDefect,
  'InternalError.CallCam': noSuchService,
  'InternalError.CallCpmAPI': noSuchService,
  'InternalError.CallTagAPI': noSuchService,
  'InvalidParameterValue.InvalidDataTypeAny': anyKind,
  'InvalidParameterValue.InvalidZoneMismatchRegion': otherCode('InvalidZone.MismatchRegion'),
  'UnsupportedOperation.TerminateOperationWithEnvId':
    'Obsolete: the current documentation allows terminating jobs in an environment.',
};

/** For single actions. */
export const unreachable: { readonly [A in ActionName]?: Reasons } = {
  SubmitJob: {
    'InternalError.CallCvm': noSuchService,
    'UnauthorizedOperation.UserNotAllowedToUseBatch':
      'Only an engine that may not run commands answers it; another test provokes it.',
  },
  CreateTaskTemplate: {
    'InvalidParameterValue.DependenceNotFoundTaskName': noDependences,
    'InvalidParameterValue.DependenceUnfeasible': noDependences,
  },
  ModifyTaskTemplate: {
    'InvalidParameterValue.DependenceNotFoundTaskName': noDependences,
    'InvalidParameterValue.DependenceUnfeasible': noDependences,
  },
  CreateComputeEnv: {
    'InternalError.CallCvm': noSuchService,
    'InvalidParameter.InvalidParameterCombination': otherCode('InvalidParameterValue.ComputeEnv'),
    'UnauthorizedOperation.UserNotAllowedToUseBatch':
      'A compute environment runs no commands itself, so its creation is always permitted.',
  },
  ModifyComputeEnv: {
    'UnsupportedOperation.AcceptOtherRequest': otherCode('UnsupportedOperation.ComputeEnvAcceptOtherRequest'),
    'UnsupportedOperation.ComputeNodeForbidTerminate': otherCode(
      'UnsupportedOperation.NotEnoughComputeNodesToTerminate',
    ),
  },
  DeleteComputeEnv: {
    UnsupportedOperation: specificCodes,
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest': otherCode('UnsupportedOperation.AcceptOtherRequest'),
  },
  TerminateComputeNode: {
    'UnsupportedOperation.AcceptOtherRequest': otherCode('UnsupportedOperation.ComputeEnvAcceptOtherRequest'),
  },
  TerminateComputeNodes: {
    'UnsupportedOperation.AcceptOtherRequest': otherCode('UnsupportedOperation.ComputeEnvAcceptOtherRequest'),
  },
  DescribeInstanceCategories: {
    UnsupportedOperation: 'The action has no parameters and depends on no state.',
  },
  DescribeAvailableCvmInstanceTypes: {
    'InternalError.CallCvm': noSuchService,
    InvalidParameterValue: specificCodes,
  },
  DescribeCvmZoneInstanceConfigInfos: {
    'InternalError.CallCvm': noSuchService,
    InvalidParameterValue: specificCodes,
  },
};
