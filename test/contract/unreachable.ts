/** Documented codes that no request can provoke on the engine, each with the reason. */
import type { ActionName } from './vocabulary.ts';

/** The other service that would have to fail for the code to occur. */
const noSuchService = 'The engine asks no other service, so none can fail.';
const noDefect = 'It answers defects of the service. A test of the wire provokes one; no good request can.';
const noDependences = 'The action has no parameter that could hold dependences.';
const anyKind = 'No parameter of the API takes values of several kinds.';
const otherCode = (code: string) => `What it describes is answered with ${code}, which says it more exactly.`;
const codesOfTheirOwn = 'Everything that can be wrong with a value here has a code of its own.';

type Reasons = Readonly<Record<string, string>>;

/** True of every action that documents the code. */
export const unreachableEverywhere: Reasons = {
  InternalError: noDefect,
  'InternalError.CallCam': noSuchService,
  'InternalError.CallCpmAPI': noSuchService,
  'InternalError.CallTagAPI': noSuchService,
  'InvalidParameterValue.InvalidDataTypeAny': anyKind,
  'InvalidParameterValue.InvalidZoneMismatchRegion': otherCode('InvalidZone.MismatchRegion'),
  'UnsupportedOperation.TerminateOperationWithEnvId':
    'The current pages let what runs on an environment be ended; the code is left from when they did not.',
};

/** True of one action. */
export const unreachable: { readonly [A in ActionName]?: Reasons } = {
  SubmitJob: {
    'InternalError.CallCvm': noSuchService,
    'UnauthorizedOperation.UserNotAllowedToUseBatch':
      'Only an engine that was not allowed to run commands answers it: see the test of such an engine.',
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
      'An environment runs no command by itself, so anybody may make one.',
  },
  ModifyComputeEnv: {
    'UnsupportedOperation.AcceptOtherRequest': otherCode('UnsupportedOperation.ComputeEnvAcceptOtherRequest'),
    'UnsupportedOperation.ComputeNodeForbidTerminate': otherCode(
      'UnsupportedOperation.NotEnoughComputeNodesToTerminate',
    ),
  },
  DeleteComputeEnv: {
    UnsupportedOperation: codesOfTheirOwn,
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest': otherCode('UnsupportedOperation.AcceptOtherRequest'),
  },
  TerminateComputeNode: {
    'UnsupportedOperation.AcceptOtherRequest': otherCode('UnsupportedOperation.ComputeEnvAcceptOtherRequest'),
  },
  TerminateComputeNodes: {
    'UnsupportedOperation.AcceptOtherRequest': otherCode('UnsupportedOperation.ComputeEnvAcceptOtherRequest'),
  },
  DescribeInstanceCategories: {
    UnsupportedOperation: 'The action has no parameters and no state that could speak against it.',
  },
  DescribeAvailableCvmInstanceTypes: {
    'InternalError.CallCvm': noSuchService,
    InvalidParameterValue: codesOfTheirOwn,
  },
  DescribeCvmZoneInstanceConfigInfos: {
    'InternalError.CallCvm': noSuchService,
    InvalidParameterValue: codesOfTheirOwn,
  },
};
