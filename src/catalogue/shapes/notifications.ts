/** Messages that the service sends to a topic on events. */
import * as z from 'zod';
import { coded, rule } from '../action.ts';
import { notifiedStates } from '../job-states.ts';

export const EventVar = z.strictObject({
  Name: z.string().describe('Name of a value to add to the message.'),
  Value: z.string().describe('The value.'),
});

const eventNames = [
  ...notifiedStates.map((state) => `JOB_${state}` as const),
  ...notifiedStates.map((state) => `TASK_${state}` as const),
  ...notifiedStates.map((state) => `TASK_INSTANCE_${state}` as const),
  'COMPUTE_ENV_CREATED',
  'COMPUTE_ENV_DELETED',
  'COMPUTE_NODE_CREATED',
  'COMPUTE_NODE_CREATION_FAILED',
  'COMPUTE_NODE_RUNNING',
  'COMPUTE_NODE_ABNORMAL',
  'COMPUTE_NODE_DELETING',
] as const;

export const EventConfig = z.strictObject({
  EventName: z
    .enum(eventNames)
    .describe(
      'Event. JOB_ and TASK_ events are for jobs, COMPUTE_ENV_ events for environments, COMPUTE_NODE_ events for both.',
    ),
  EventVars: z.array(EventVar).describe('Custom values to add to the message.'),
});

export const Notification = rule(
  z.strictObject({
    TopicName: z
      .string()
      .regex(
        /^[A-Za-z][A-Za-z0-9_-]*$/,
        coded(
          'InvalidParameter.NotificationTopicName',
          'A topic name begins with a letter, followed by letters, digits, "-" and "_".',
        ),
      )
      .max(
        64,
        coded('InvalidParameter.NotificationTopicNameTooLong', 'A topic name has at most 64 characters.'),
      )
      .describe('Name (not id) of a message topic with a subscription.'),
    EventConfigs: z.array(EventConfig).describe('Events to send, each at most once.'),
  }),
  {
    code: 'InvalidParameter.NotificationEventNameDuplicate',
    text: 'An event must not be repeated in one notification.',
    path: 'EventConfigs',
    holds: ({ EventConfigs }) =>
      new Set(EventConfigs.map((event) => event.EventName)).size === EventConfigs.length,
  },
);
export const NotificationTarget = z
  .enum(['CMQ', 'TDMQ_CMQ'])
  .describe('Queue service of the topics; the default, CMQ, is discontinued.');
