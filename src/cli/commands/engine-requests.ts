/** Requests that only the local engine answers, sent to the engine that is found or started. */
import type {
  EngineAttempt,
  EngineJobHistory,
  EngineLog,
  EngineRequests,
  ExpectedStart,
  QueuedInstances,
  SlotHolder,
} from '../../client/engine-requests.ts';
import type { FoundEngine } from '../../engine/daemon/daemon.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { EventPage } from '../../shared/job-event.ts';

interface EngineFinder {
  find(): Promise<FoundEngine>;
  /** Makes `find` search again. */
  forget(): void;
}

interface Problem {
  readonly Code: string;
  readonly Message: string;
}

/** @param ownRegion of requests that name none */
export const createEngineRequests = (engine: EngineFinder, ownRegion: string): EngineRequests => {
  /** An idle engine may have stopped since the last call, so a second search is worth it. */
  const ask = async <T>(
    verb: 'attempts' | 'check' | 'events' | 'history' | 'logs' | 'slots' | 'queue' | 'start',
    input: object,
  ): Promise<T> => {
    const { askEngine } = await import('../../engine/daemon/ask-engine.ts');
    for (const isLast of [false, true]) {
      const answer = await askEngine(await engine.find(), verb, input);
      // The engine is this program in the same version, and its answer carries its proof.
      if (answer !== undefined) return answer as T;
      if (!isLast) engine.forget();
    }
    throw new TransportError('The local engine does not answer.', false);
  };
  return {
    attempts: async ({ Region = ownRegion, ...target }) => {
      const answer = await ask<{ problem?: Problem; attempts?: readonly EngineAttempt[] }>('attempts', {
        Region,
        ...target,
      });
      if (answer.problem === undefined) return answer.attempts ?? [];
      throw new ApiError('DescribeTask', answer.problem.Code, answer.problem.Message, undefined);
    },
    history: async ({ Region = ownRegion, JobId }) => {
      const answer = await ask<EngineJobHistory & { problem?: Problem }>('history', { Region, JobId });
      if (answer.problem === undefined) return answer;
      throw new ApiError('DescribeJob', answer.problem.Code, answer.problem.Message, undefined);
    },
    logs: async ({ Region = ownRegion, ...target }) => {
      const answer = await ask<{ problem?: Problem; logs?: readonly EngineLog[] }>('logs', {
        Region,
        ...target,
      });
      if (answer.problem === undefined) return answer.logs ?? [];
      throw new ApiError('DescribeTaskLogs', answer.problem.Code, answer.problem.Message, undefined);
    },
    checkSubmission: async (Region = ownRegion, Input) => {
      const { problem, failure } = await ask<{ problem?: Problem; failure?: string }>('check', {
        Region,
        Input,
      });
      return problem ?? (failure === undefined ? undefined : { Message: failure });
    },
    events: (request) => ask<EventPage>('events', request),
    queue: ({ Region = ownRegion, JobId }) =>
      ask<{ Queued: readonly QueuedInstances[]; Note?: string }>('queue', { Region, JobId }),
    expectedStart: async (Region = ownRegion, Input) => {
      const answer = await ask<Partial<ExpectedStart>>('start', { Region, Input });
      const { Position, ...start } = answer;
      return Position === undefined ? undefined : { Position, ...start };
    },
    slots: () => ask<{ Total: number; Holders: readonly SlotHolder[] }>('slots', {}),
  };
};
