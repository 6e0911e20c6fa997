/** All error codes there are: the 72 that the actions of BatchCompute list, and those common to the vendor's APIs. */
import { commonErrorCodes, type ErrorMeaning } from './common-error-codes.ts';

export { type CommonErrorCode, commonErrorCodes, type ErrorMeaning } from './common-error-codes.ts';

/**
 * Every code with what it means here and what to do next.
 * Four of the 72 are common ones and stand there: InternalError, InvalidParameterValue, UnknownParameter, UnsupportedOperation.
 */
export const errorCodes = {
  ...commonErrorCodes,
  AllowedOneAttributeInEnvIdAndComputeEnv: {
    meaning: 'A task names both EnvId and ComputeEnv, or neither. It must have exactly one.',
    next: 'Keep EnvId to run on an existing environment, or ComputeEnv to have machines made for the task; remove the other.',
  },
  'InternalError.CallCam': {
    meaning: 'The service could not ask access management (CAM) about the account.',
    next: 'Call again after some seconds; if it stays, have the user check that the BatchCompute service role exists.',
  },
  'InternalError.CallCpmAPI': {
    meaning: 'The service could not reach the bare-metal machine service.',
    next: 'Look with DescribeComputeEnv whether the change was made; if not, call again after some seconds.',
  },
  'InternalError.CallCvm': {
    meaning: 'The virtual machine service (CVM) answered with an error, which the message mostly quotes.',
    next: 'Correct what the quoted code names; otherwise check stock with DescribeCvmZoneInstanceConfigInfos and call again.',
  },
  'InternalError.CallTagAPI': {
    meaning: 'The service could not reach the tag service.',
    next: 'Call again after some seconds; leave Tags out if it stays and they are not needed.',
  },
  InvalidFilter: {
    meaning: 'A filter has a name that this action does not know.',
    next: 'Use one of the filter names in the description of Filters.',
  },
  'InvalidParameter.ComputeNodeIdMalformed': {
    meaning: 'A compute node id is not of the form node-xxxxxxxx.',
    next: 'Take ComputeNodeId from ComputeNodeSet of DescribeComputeEnv; an ins- id is the machine, not the node.',
  },
  'InvalidParameter.CvmParameters': {
    meaning: 'The settings for the machines (EnvData) do not fit together or are not valid.',
    next: 'Compare EnvData with batch://reference/SubmitJob: image, disks, network and charge type must exist in the zone.',
  },
  'InvalidParameter.EnvDescriptionTooLong': {
    meaning: 'EnvDescription is too long.',
    next: 'Shorten it to 200 characters and call again.',
  },
  'InvalidParameter.EnvIdMalformed': {
    meaning: 'A compute environment id is not of the form env-xxxxxxxx.',
    next: 'Take EnvId from DescribeComputeEnvs.',
  },
  'InvalidParameter.EnvNameTooLong': {
    meaning: 'EnvName is too long.',
    next: 'Shorten it to 60 characters and call again.',
  },
  'InvalidParameter.ImageIdMalformed': {
    meaning: 'ImageId is not of the form img-xxxxxxxx.',
    next: 'Ask the user for the id of an image that exists in the region, and call again.',
  },
  'InvalidParameter.InvalidParameterCombination': {
    meaning: 'Two arguments exclude each other: a list takes ids or Filters, not both.',
    next: 'Leave out one of the two; use the id filter (job-id, env-id) to combine ids with other filters.',
  },
  'InvalidParameter.JobDescriptionTooLong': {
    meaning: 'JobDescription is longer than 200 characters.',
    next: 'Shorten it and call SubmitJob again.',
  },
  'InvalidParameter.JobIdMalformed': {
    meaning: 'A job id is not of the form job-xxxxxxxx.',
    next: 'Take JobId from SubmitJob or DescribeJobs; a job name is not an id.',
  },
  'InvalidParameter.JobNameTooLong': {
    meaning: 'JobName is longer than 60 characters.',
    next: 'Shorten it and call SubmitJob again.',
  },
  'InvalidParameter.NotificationEventNameDuplicate': {
    meaning: 'One notification names the same EventName twice.',
    next: 'Keep one EventConfigs entry for each EventName.',
  },
  'InvalidParameter.NotificationTopicName': {
    meaning: 'The TopicName of a notification is not a valid name of a topic.',
    next: 'Give the name of an existing message topic, not its id.',
  },
  'InvalidParameter.NotificationTopicNameTooLong': {
    meaning: 'The TopicName of a notification is too long.',
    next: 'Give the name of an existing message topic; names have at most 64 characters.',
  },
  'InvalidParameter.TaskName': {
    meaning: 'A TaskName is missing, holds characters that are not allowed, or stands twice in one job.',
    next: 'Name each task differently with letters, digits, hyphen and underscore. For an existing job take names from DescribeJob.',
  },
  'InvalidParameter.TaskNameTooLong': {
    meaning: 'A TaskName is too long.',
    next: 'Shorten it to 60 characters, in Dependences too.',
  },
  'InvalidParameter.TaskTemplateDescriptionTooLong': {
    meaning: 'TaskTemplateDescription is longer than 200 bytes.',
    next: 'Shorten it; a character outside ASCII takes two to four bytes.',
  },
  'InvalidParameter.TaskTemplateIdMalformed': {
    meaning: 'A template id is not of the form task-tmpl-xxxxxxxx.',
    next: 'Take TaskTemplateId from DescribeTaskTemplates.',
  },
  'InvalidParameter.TaskTemplateName': {
    meaning: 'TaskTemplateName is empty or holds characters that are not allowed.',
    next: 'Use letters, digits, hyphen and underscore.',
  },
  'InvalidParameter.TaskTemplateNameTooLong': {
    meaning: 'TaskTemplateName is longer than 60 bytes.',
    next: 'Shorten it; a character outside ASCII takes two to four bytes.',
  },
  InvalidParameterAtLeastOneAttribute: {
    meaning: 'ModifyTaskTemplate was given nothing to change.',
    next: 'Give at least one of TaskTemplateName, TaskTemplateDescription and TaskTemplateInfo.',
  },
  'InvalidParameterValue.ComputeEnv': {
    meaning: 'The compute environment asked for (ComputeEnv) is not valid as a whole.',
    next: 'Read the message, compare ComputeEnv with batch://reference/CreateComputeEnv, and correct it.',
  },
  'InvalidParameterValue.DependenceNotFoundTaskName': {
    meaning: 'Dependences names a task that the job does not have.',
    next: 'Spell StartTask and EndTask exactly as the TaskName of a task in the same job.',
  },
  'InvalidParameterValue.DependenceUnfeasible': {
    meaning: 'The dependences form a circle, so that no task of it could ever start.',
    next: 'Remove the edge that leads back; edges run from StartTask (first) to EndTask (after it).',
  },
  'InvalidParameterValue.InstanceIdDuplicated': {
    meaning: 'The same machine stands twice in the list.',
    next: 'Name each InstanceId once.',
  },
  'InvalidParameterValue.InstanceType': {
    meaning: 'The instance type is not offered for BatchCompute, or not in this zone.',
    next: 'Choose one from DescribeAvailableCvmInstanceTypes with the zone as filter.',
  },
  'InvalidParameterValue.InstanceTypeDuplicate': {
    meaning: 'The same instance type stands twice in InstanceTypes.',
    next: 'Name each instance type once.',
  },
  'InvalidParameterValue.InstanceTypesEmpty': {
    meaning: 'EnvData.InstanceTypes is an empty list.',
    next: 'Give at least one instance type, or leave EnvData out.',
  },
  'InvalidParameterValue.InvalidDataTypeAny': {
    meaning: 'A value that may be of several kinds is of none of them.',
    next: 'Read the message for the argument, and write it as batch://reference/{Action} shows it.',
  },
  'InvalidParameterValue.InvalidFilter': {
    meaning: 'A filter is known, but its values are not: empty, or not of its kind.',
    next: 'Give Values as a list of at least one string that fits the filter.',
  },
  'InvalidParameterValue.InvalidZoneMismatchRegion': {
    meaning: 'The zone does not lie in the region of the call.',
    next: 'A zone is its region and a number (ap-guangzhou-3): correct Zone, or set Region to fit.',
  },
  'InvalidParameterValue.LimitExceeded': {
    meaning: 'A list of values is longer than allowed: filter values, or instance types (10).',
    next: 'Shorten the list; split a query into several calls.',
  },
  'InvalidParameterValue.LocalPath': {
    meaning: 'A path on the machine is not valid: it must be absolute.',
    next: 'Write DestinationPath, LocalPath and the local SourcePath as absolute paths, for example /data/input/.',
  },
  'InvalidParameterValue.MaxRetryCount': {
    meaning: 'MaxRetryCount is larger than allowed.',
    next: 'Use 0 to 5 for a task and 0 to 10 for Docker.',
  },
  'InvalidParameterValue.Negative': {
    meaning: 'A number that counts something is negative.',
    next: 'Use zero or more, as the description of the field says.',
  },
  'InvalidParameterValue.NotFloat': {
    meaning: 'A text that must hold a decimal number does not.',
    next: 'Write SpotOptions.MaxPrice as a decimal number in quotes, for example "0.25".',
  },
  'InvalidParameterValue.RemoteStoragePath': {
    meaning: 'A storage path is not well formed.',
    next: 'Write cos://bucket-appid.cos.region.myqcloud.com/folder/ with a slash at the end, or cfs://address/.',
  },
  'InvalidParameterValue.RemoteStorageSchemeType': {
    meaning: 'A storage path begins with a scheme that is not served.',
    next: 'Use a path that begins with cos://, cfs:// or nfs://.',
  },
  'InvalidParameterValue.ResourceType': {
    meaning: 'The value of the filter resource-type is not a kind of resource.',
    next: 'Use CVM or CPM.',
  },
  'InvalidParameterValue.TaskInstanceNum': {
    meaning: 'TaskInstanceNum is out of range.',
    next: 'Use at least 1; split a very large task into several.',
  },
  'InvalidParameterValue.UnavailableZone': {
    meaning: 'The zone exists, but cannot be used for this at present.',
    next: 'Choose another zone with stock from DescribeCvmZoneInstanceConfigInfos.',
  },
  'InvalidParameterValue.UnsupportedBatchInstanceChargeType': {
    meaning: 'The filter instance-charge-type names a way of paying that BatchCompute does not offer.',
    next: 'Use POSTPAID_BY_HOUR or SPOTPAID.',
  },
  'InvalidZone.MismatchRegion': {
    meaning: 'There is no such zone in the region of the call.',
    next: 'A zone is its region and a number (ap-guangzhou-3): correct the zone, or set Region to fit.',
  },
  'LimitExceeded.ComputeEnvQuota': {
    meaning: 'The account has as many compute environments as it may have.',
    next: 'Use one from DescribeComputeEnvs, have the user agree to a DeleteComputeEnv, or have the quota raised.',
  },
  'LimitExceeded.CpuQuota': {
    meaning: 'The account would use more processor cores than it may.',
    next: 'Ask for fewer or smaller nodes, free some with ModifyComputeEnv or TerminateComputeNodes, or have the quota raised.',
  },
  'LimitExceeded.JobQuota': {
    meaning: 'The account has as many jobs as it may have.',
    next: 'List finished jobs with DescribeJobs (filter job-state), have the user agree to DeleteJob, or have the quota raised.',
  },
  'LimitExceeded.TaskTemplateQuota': {
    meaning: 'The account has as many task templates as it may have.',
    next: 'List them with DescribeTaskTemplates, have the user agree to DeleteTaskTemplates, or have the quota raised.',
  },
  'ResourceInUse.Job': {
    meaning: 'The job has not ended, or is being ended right now.',
    next: 'Look with DescribeJob until JobState is SUCCEED or FAILED and NextAction is empty; TerminateJob ends a running job.',
  },
  'ResourceNotFound.ComputeEnv': {
    meaning: 'There is no such compute environment in this region under this account.',
    next: 'List them with DescribeComputeEnvs; check Region.',
  },
  'ResourceNotFound.ComputeNode': {
    meaning: 'The environment has no such node; it may be gone already.',
    next: 'List its nodes with DescribeComputeEnv; DescribeComputeEnvActivities tells what became of one.',
  },
  'ResourceNotFound.Job': {
    meaning: 'There is no such job in this region under this account; a deleted job is no longer known.',
    next: 'List jobs with DescribeJobs; check Region.',
  },
  'ResourceNotFound.Task': {
    meaning: 'The job has no task of this name.',
    next: 'Take TaskName from TaskSet of DescribeJob.',
  },
  'ResourceNotFound.TaskInstance': {
    meaning: 'The task has no instance of this index; they count from 0.',
    next: 'Take TaskInstanceIndex from DescribeTask.',
  },
  'ResourceNotFound.TaskTemplate': {
    meaning: 'There is no such template in this region under this account.',
    next: 'List them with DescribeTaskTemplates; check Region.',
  },
  'UnauthorizedOperation.UserNotAllowedToUseBatch': {
    meaning: 'The account may not use BatchCompute.',
    next: 'Ask the user to activate BatchCompute in the console, or to use another account.',
  },
  'UnsupportedOperation.AcceptOtherRequest': {
    meaning: 'The environment is busy with an earlier request, for example its deletion.',
    next: 'Look at NextAction with DescribeComputeEnv; wait until it is empty and call again.',
  },
  'UnsupportedOperation.ComputeEnvAcceptOtherRequest': {
    meaning: 'The environment is working on another change.',
    next: 'Watch DescribeComputeEnvActivities until nothing is PROCESSING, then call again.',
  },
  'UnsupportedOperation.ComputeEnvOperation': {
    meaning: 'The environment does not allow this as it is: it is in use or being deleted.',
    next: 'Look with DescribeComputeEnv; let its jobs end, take attached machines out with DetachInstances, then call again.',
  },
  'UnsupportedOperation.ComputeNodeForbidTerminate': {
    meaning:
      'A node concerned cannot be ended in its state (only CREATED, CREATION_FAILED, RUNNING and ABNORMAL can).',
    next: 'Look at ComputeNodeState with DescribeComputeEnv, wait until creation is over, and call again.',
  },
  'UnsupportedOperation.ComputeNodeIsTerminating': {
    meaning: 'The node is being ended already.',
    next: 'Nothing to do: watch it disappear with DescribeComputeEnv; leave it out of the list.',
  },
  'UnsupportedOperation.InstancesNotAllowToAttach': {
    meaning:
      'A machine cannot join: it must run, be paid by the hour or month, and belong to no environment yet.',
    next: 'Leave it out, or have the user bring it into that state; spot machines can never join.',
  },
  'UnsupportedOperation.NotEnoughComputeNodesToTerminate': {
    meaning: 'Shrinking would need more nodes that may be ended than there are.',
    next: 'Count nodes in CREATED, RUNNING and ABNORMAL with DescribeComputeEnv; raise DesiredComputeNodeCount or wait.',
  },
  'UnsupportedOperation.TerminateOperationWithEnvId': {
    meaning: 'This ending is not allowed for tasks that run on a compute environment (EnvId).',
    next: 'Let them end, or end their node with TerminateComputeNode (asks first).',
  },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errorCodes;
