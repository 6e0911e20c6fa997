/** The events of the jobs of an account, wherever they are recorded. */
import type { ActionName, InputOf, OutputOf } from '../catalogue/index.ts';
import type { EventPage, EventRequest } from '../shared/job-event.ts';

export interface EventAccess {
  /** Of the events; undefined for the configured one. The local engine has one log for all regions. */
  readonly region: string | undefined;
  /** Makes the requests that find new events; policies of the caller apply to them. */
  call<A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>>;
}

export interface JobEventSource {
  /** Reads a part of the log, brought up to date first. @throws errors of the service, of the disk, or of the engine */
  read(request: EventRequest, access: EventAccess): Promise<EventPage>;
}
