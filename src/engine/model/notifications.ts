/** Notification messages in the format that the vendor publishes. */
import { timeText } from './time.ts';

/** `Notifications` of a job or an environment. */
export interface NotificationView {
  readonly TopicName: string;
  readonly EventConfigs: readonly {
    readonly EventName: string;
    readonly EventVars?: readonly { readonly Name: string; readonly Value: string }[] | undefined;
  }[];
}

export interface EventView {
  /** For example `COMPUTE_NODE_CREATED`. */
  readonly name: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `Batch` in the vendor's format: ids, names and states of the object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The messages of an event: one for each topic that subscribed to it.
 * @returns lines of JSON, with `TopicName` beside the published `Events`, because here all topics share one file
 */
export const messagesOf = (
  notifications: readonly NotificationView[] | undefined,
  event: EventView,
): readonly string[] =>
  (notifications ?? []).flatMap(({ TopicName, EventConfigs }) =>
    EventConfigs.filter((config) => config.EventName === event.name).map((config) =>
      JSON.stringify({
        TopicName,
        Events: [
          {
            EventVersion: '1.0',
            EventTime: timeText(event.time),
            Region: event.region,
            Batch: event.body,
            EventName: event.name,
            EventVars: config.EventVars ?? [],
          },
        ],
      }),
    ),
  );
