/** All error codes: the 72 that the actions of BatchCompute list, and those common to the vendor's APIs. */
import { commonErrorCodes, type ErrorMeaning } from './common-error-codes.ts';

export { type CommonErrorCode, commonErrorCodes, type ErrorMeaning } from './common-error-codes.ts';

/**
 * Every code with its meaning and the next step for the caller.
 * Four of the 72 are in `commonErrorCodes`: InternalError, InvalidParameterValue, UnknownParameter, UnsupportedOperation.
 */
export const errorCodes = {
  ...commonErrorCodes,
  AllowedOneAttributeInEnvIdAndComputeEnv: {
    meaning: 'A task has both EnvId and ComputeEnv, or neither. Exactly one is required.',
    next: 'Use EnvId to run in an existing environment, or ComputeEnv to create machines for the task.',
  },
  'InternalError.CallCam': {
    meaning: 'The service could not reach access management (CAM).',
    next: 'Retry after a few seconds; if it persists, ask the user to check that the BatchCompute service role exists.',
  },
  'InternalError.CallCpmAPI': {
    meaning: 'The service could not reach the bare-metal machine service.',
    next: 'Check with DescribeComputeEnv whether the change was made; if not, retry after a few seconds.',
  },
  'InternalError.CallCvm': {
    meaning: 'The virtual machine service (CVM) returned an error, which the message usually quotes.',
    next: 'Correct what the quoted code names; otherwise check stock with DescribeCvmZoneInstanceConfigInfos and retry.',
  },
  'InternalError.CallTagAPI': {
    meaning: 'The service could not reach the tag service.',
    next: 'Retry after a few seconds; if it persists, omit Tags.',
  },
  InvalidFilter: {
    meaning: 'A filter has a name that this action does not support.',
    next: 'Use one of the filter names in the description of Filters.',
  },
  'InvalidParameter.ComputeNodeIdMalformed': {
    meaning: 'A ComputeNodeId does not have the form node-xxxxxxxx.',
    next: 'Use a ComputeNodeId from ComputeNodeSet of DescribeComputeEnv; an ins- id identifies the machine, not the node.',
  },
  'InvalidParameter.CvmParameters': {
    meaning: 'The machine settings (EnvData) are invalid or inconsistent.',
    next: 'Compare EnvData with batch://reference/SubmitJob: image, disks, network and charge type must exist in the zone.',
  },
  'InvalidParameter.EnvDescriptionTooLong': {
    meaning: 'EnvDescription is too long.',
    next: 'Shorten it to at most 200 characters.',
  },
  'InvalidParameter.EnvIdMalformed': {
    meaning: 'An EnvId does not have the form env-xxxxxxxx.',
    next: 'Use an EnvId from DescribeComputeEnvs.',
  },
  'InvalidParameter.EnvNameTooLong': {
    meaning: 'EnvName is too long.',
    next: 'Shorten it to at most 60 characters.',
  },
  'InvalidParameter.ImageIdMalformed': {
    meaning: 'ImageId does not have the form img-xxxxxxxx.',
    next: 'Ask the user for the id of an image in the region.',
  },
  'InvalidParameter.InvalidParameterCombination': {
    meaning: 'Two arguments are mutually exclusive: a list action takes ids or Filters, not both.',
    next: 'Omit one of the two; use the id filter (job-id, env-id) to combine ids with other filters.',
  },
  'InvalidParameter.JobDescriptionTooLong': {
    meaning: 'JobDescription is longer than 200 characters.',
    next: 'Shorten it and call SubmitJob again.',
  },
  'InvalidParameter.JobIdMalformed': {
    meaning: 'A JobId does not have the form job-xxxxxxxx.',
    next: 'Use a JobId from SubmitJob or DescribeJobs; a JobName is not an id.',
  },
  'InvalidParameter.JobNameTooLong': {
    meaning: 'JobName is longer than 60 characters.',
    next: 'Shorten it and call SubmitJob again.',
  },
  'InvalidParameter.NotificationEventNameDuplicate': {
    meaning: 'A notification has the same EventName twice.',
    next: 'Use one EventConfigs entry per EventName.',
  },
  'InvalidParameter.NotificationTopicName': {
    meaning: 'The TopicName of a notification is invalid.',
    next: 'Use the name of an existing message topic, not its id.',
  },
  'InvalidParameter.NotificationTopicNameTooLong': {
    meaning: 'The TopicName of a notification is too long.',
    next: 'Use the name of an existing message topic; names have at most 64 characters.',
  },
  'InvalidParameter.TaskName': {
    meaning: 'A TaskName is missing, contains characters that are not allowed, or occurs twice in the job.',
    next: 'Use unique names of letters, digits, hyphens and underscores. For an existing job use the names from DescribeJob.',
  },
  'InvalidParameter.TaskNameTooLong': {
    meaning: 'A TaskName is too long.',
    next: 'Shorten it to at most 60 characters, in Dependences too.',
  },
  'InvalidParameter.TaskTemplateDescriptionTooLong': {
    meaning: 'TaskTemplateDescription is longer than 200 bytes.',
    next: 'Shorten it; a character outside ASCII takes two to four bytes.',
  },
  'InvalidParameter.TaskTemplateIdMalformed': {
    meaning: 'A TaskTemplateId does not have the form task-tmpl-xxxxxxxx.',
    next: 'Use a TaskTemplateId from DescribeTaskTemplates.',
  },
  'InvalidParameter.TaskTemplateName': {
    meaning: 'TaskTemplateName is empty or contains characters that are not allowed.',
    next: 'Use letters, digits, hyphens and underscores.',
  },
  'InvalidParameter.TaskTemplateNameTooLong': {
    meaning: 'TaskTemplateName is longer than 60 bytes.',
    next: 'Shorten it; a character outside ASCII takes two to four bytes.',
  },
  InvalidParameterAtLeastOneAttribute: {
    meaning: 'ModifyTaskTemplate was called without anything to change.',
    next: 'Give at least one of TaskTemplateName, TaskTemplateDescription and TaskTemplateInfo.',
  },
  'InvalidParameterValue.ComputeEnv': {
    meaning: 'ComputeEnv is invalid as a whole.',
    next: 'Read the message and compare ComputeEnv with batch://reference/CreateComputeEnv.',
  },
  'InvalidParameterValue.DependenceNotFoundTaskName': {
    meaning: 'Dependences refers to a task that the job does not have.',
    next: 'Spell StartTask and EndTask exactly as the TaskName of a task in the same job.',
  },
  'InvalidParameterValue.DependenceUnfeasible': {
    meaning: 'The dependences form a cycle, so no task in it could ever start.',
    next: 'Remove one edge of the cycle; edges run from StartTask (first) to EndTask (later).',
  },
  'InvalidParameterValue.InstanceIdDuplicated': {
    meaning: 'The same machine occurs twice in the list.',
    next: 'Use each InstanceId once.',
  },
  'InvalidParameterValue.InstanceType': {
    meaning: 'The instance type is unavailable for BatchCompute or in this zone.',
    next: 'Choose one from DescribeAvailableCvmInstanceTypes with the zone as filter.',
  },
  'InvalidParameterValue.InstanceTypeDuplicate': {
    meaning: 'The same instance type occurs twice in InstanceTypes.',
    next: 'Use each instance type once.',
  },
  'InvalidParameterValue.InstanceTypesEmpty': {
    meaning: 'EnvData.InstanceTypes is an empty list.',
    next: 'Give at least one instance type, or omit EnvData.',
  },
  'InvalidParameterValue.InvalidDataTypeAny': {
    meaning: 'A value has none of the types that are allowed for it.',
    next: 'The message names the argument: write it as in batch://reference/{Action}.',
  },
  'InvalidParameterValue.InvalidFilter': {
    meaning: 'The values of a filter are empty or invalid.',
    next: 'Give Values as a list of at least one string that is valid for the filter.',
  },
  'InvalidParameterValue.InvalidZoneMismatchRegion': {
    meaning: 'The zone is not in the region of the call.',
    next: 'A zone is a region and a number (ap-guangzhou-3): correct Zone or Region.',
  },
  'InvalidParameterValue.LimitExceeded': {
    meaning: 'A list of values is longer than allowed: filter values, or instance types (10).',
    next: 'Shorten the list; split a query into several calls.',
  },
  'InvalidParameterValue.LocalPath': {
    meaning: 'A path on the machine is invalid: it must be absolute.',
    next: 'Write DestinationPath, LocalPath and the local SourcePath as absolute paths, such as /data/input/.',
  },
  'InvalidParameterValue.MaxRetryCount': {
    meaning: 'MaxRetryCount is too large.',
    next: 'Use 0 to 5 for a task and 0 to 10 for Docker.',
  },
  'InvalidParameterValue.Negative': {
    meaning: 'A number that must not be negative is negative.',
    next: 'Use zero or more, as described for the field.',
  },
  'InvalidParameterValue.NotFloat': {
    meaning: 'A string that must be a decimal number is not.',
    next: 'Write SpotOptions.MaxPrice as a decimal number in quotes, such as "0.25".',
  },
  'InvalidParameterValue.RemoteStoragePath': {
    meaning: 'A storage path is malformed.',
    next: 'Write cos://bucket-appid.cos.region.myqcloud.com/folder/ with a slash at the end, or cfs://address/.',
  },
  'InvalidParameterValue.RemoteStorageSchemeType': {
    meaning: 'The scheme of a storage path is not supported.',
    next: 'Use cos://, cfs:// or nfs://.',
  },
  'InvalidParameterValue.ResourceType': {
    meaning: 'The value of the filter resource-type is invalid.',
    next: 'Use CVM or CPM.',
  },
  'InvalidParameterValue.TaskInstanceNum': {
    meaning: 'TaskInstanceNum is out of range.',
    next: 'Use at least 1; split a very large task into several.',
  },
  'InvalidParameterValue.UnavailableZone': {
    meaning: 'The zone exists but is unavailable for this now.',
    next: 'Use another zone with stock (DescribeCvmZoneInstanceConfigInfos).',
  },
  'InvalidParameterValue.UnsupportedBatchInstanceChargeType': {
    meaning: 'The filter instance-charge-type has a charge type that BatchCompute does not support.',
    next: 'Use POSTPAID_BY_HOUR or SPOTPAID.',
  },
  'InvalidZone.MismatchRegion': {
    meaning: 'The region of the call has no such zone.',
    next: 'A zone is a region and a number (ap-guangzhou-3): correct the zone or Region.',
  },
  'LimitExceeded.ComputeEnvQuota': {
    meaning: 'The quota of compute environments is exhausted.',
    next: 'Use one from DescribeComputeEnvs, delete one with DeleteComputeEnv (needs a confirmation), or ask the user to have the quota raised.',
  },
  'LimitExceeded.CpuQuota': {
    meaning: 'The quota of CPU cores would be exceeded.',
    next: 'Request fewer or smaller nodes, free some with ModifyComputeEnv or TerminateComputeNodes, or ask the user to have the quota raised.',
  },
  'LimitExceeded.JobQuota': {
    meaning: 'The quota of jobs is exhausted.',
    next: 'List finished jobs with DescribeJobs (filter job-state), delete some with DeleteJob (needs a confirmation), or ask the user to have the quota raised.',
  },
  'LimitExceeded.TaskTemplateQuota': {
    meaning: 'The quota of task templates is exhausted.',
    next: 'List them with DescribeTaskTemplates, delete some with DeleteTaskTemplates (needs a confirmation), or ask the user to have the quota raised.',
  },
  'ResourceInUse.Job': {
    meaning: 'The job has not ended, or is being terminated.',
    next: 'Poll DescribeJob until JobState is SUCCEED or FAILED and NextAction is empty; TerminateJob terminates a running job.',
  },
  'ResourceNotFound.ComputeEnv': {
    meaning: 'The compute environment does not exist in this region and account.',
    next: 'List them with DescribeComputeEnvs; check Region.',
  },
  'ResourceNotFound.ComputeNode': {
    meaning: 'The environment has no such node; it may have been terminated.',
    next: 'List its nodes with DescribeComputeEnv; DescribeComputeEnvActivities lists terminations.',
  },
  'ResourceNotFound.Job': {
    meaning: 'The job does not exist in this region and account, or was deleted.',
    next: 'List jobs with DescribeJobs; check Region.',
  },
  'ResourceNotFound.Task': {
    meaning: 'The job has no task of this name.',
    next: 'Use a TaskName from TaskSet of DescribeJob.',
  },
  'ResourceNotFound.TaskInstance': {
    meaning: 'The task has no instance with this index; indexes start at 0.',
    next: 'Use a TaskInstanceIndex from DescribeTask.',
  },
  'ResourceNotFound.TaskTemplate': {
    meaning: 'The template does not exist in this region and account.',
    next: 'List them with DescribeTaskTemplates; check Region.',
  },
  'UnauthorizedOperation.UserNotAllowedToUseBatch': {
    meaning: 'The account is not permitted to use BatchCompute.',
    next: 'Ask the user to activate BatchCompute in the console, or to use another account.',
  },
  'UnsupportedOperation.AcceptOtherRequest': {
    meaning: 'The environment is processing an earlier request, such as its deletion.',
    next: 'Poll DescribeComputeEnv until NextAction is empty, then call again.',
  },
  'UnsupportedOperation.ComputeEnvAcceptOtherRequest': {
    meaning: 'The environment is processing another change.',
    next: 'Poll DescribeComputeEnvActivities until no activity is PROCESSING, then call again.',
  },
  'UnsupportedOperation.ComputeEnvOperation': {
    meaning: 'The environment does not allow this in its current state: it is in use or being deleted.',
    next: 'Check DescribeComputeEnv; wait for its jobs to end, remove attached machines with DetachInstances, then call again.',
  },
  'UnsupportedOperation.ComputeNodeForbidTerminate': {
    meaning:
      'A node cannot be terminated in its current state (only in CREATED, CREATION_FAILED, RUNNING or ABNORMAL).',
    next: 'Poll ComputeNodeState with DescribeComputeEnv until creation has finished, then call again.',
  },
  'UnsupportedOperation.ComputeNodeIsTerminating': {
    meaning: 'The node is already being terminated.',
    next: 'Omit it from the list; DescribeComputeEnv shows when it is gone.',
  },
  'UnsupportedOperation.InstancesNotAllowToAttach': {
    meaning:
      'A machine cannot be attached: it must be running, billed hourly or monthly, and not in any environment.',
    next: 'Omit it, or ask the user to bring it into that state; spot machines cannot be attached.',
  },
  'UnsupportedOperation.NotEnoughComputeNodesToTerminate': {
    meaning: 'There are not enough nodes that can be terminated.',
    next: 'Count nodes in CREATED, RUNNING and ABNORMAL with DescribeComputeEnv; raise DesiredComputeNodeCount or wait.',
  },
  'UnsupportedOperation.TerminateOperationWithEnvId': {
    meaning: 'Termination is not allowed for tasks that run in a compute environment (EnvId).',
    next: 'Wait for them to end, or terminate their node with TerminateComputeNode (needs a confirmation).',
  },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errorCodes;
