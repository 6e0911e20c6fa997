/** What the engine serves: the API, object storage, and the engine-only requests of `batch-mcp` itself. */
import { isCosRequest } from '../cos/verify.ts';
import type { Log } from '../shared/log.ts';
import { version } from '../shared/version.ts';
import { type ClusterView, queueOf, startOf } from './cluster-requests.ts';
import { createCompletions } from './cos/completions.ts';
import { handleCos } from './cos/handle.ts';
import {
  answerControl,
  type ControlVerb,
  controlBodyLimit,
  controlPath,
  controlRequestOf,
} from './daemon/control.ts';
import type { EngineKeys } from './daemon/data-directory.ts';
import type { EngineOptions } from './engine-options.ts';
import { withFaults } from './faults/faults.ts';
import { createHandle } from './handle.ts';
import { engineRequests } from './handlers/engine-requests.ts';
import type { HandlerContext } from './handlers/handler.ts';
import { handlers } from './handlers/index.ts';
import { bodyLimitOf, signingTimeOf } from './http/authenticate.ts';
import type { HttpOptions } from './http/server.ts';
import type { RequestHead } from './http/wire.ts';
import type { EngineSettings } from './settings.ts';
import type { Database } from './store/database.ts';
import { hasWork } from './store/jobs.ts';

export type ApiContext = Omit<HandlerContext, 'region' | 'attempt'>;

type ContextWithCluster = ApiContext & { readonly cluster: ClusterView | undefined };

/** What the server needs: how much body to read for a request, its response, and the object storage. */
export const createApi = (
  context: ContextWithCluster,
  keys: EngineKeys,
  log: Log,
  { faults, onRequest, startSender }: EngineOptions,
  { touch, stop }: { readonly touch: () => void; readonly stop: () => void },
): Pick<HttpOptions, 'bodyLimit' | 'respond' | 'objectStorage'> => {
  const { now } = context;
  const credentials = new Map([[keys.secretId, keys]]);
  const handle = createHandle({
    handlers,
    context,
    credentials,
    onRequest,
    onDefect: (error, action) => log.error(`${action} failed: ${stackOf(error)}`),
  });
  const respond =
    faults === undefined ? handle : withFaults(handle, { plan: faults, credentials, onRequest });
  const status = () => ({
    ...statusOf(context.settings, context.db),
    notifies: startSender !== undefined,
  });
  const runControl = (verb: ControlVerb, body: unknown): object | Promise<object> => {
    switch (verb) {
      case 'status':
        return status();
      case 'stop':
        setImmediate(stop);
        return status();
      case 'attempts':
      case 'check':
      case 'events':
      case 'history':
      case 'logs':
      case 'slots':
        return engineRequests[verb](body, context);
      case 'queue':
        return queueOf(body, context);
      case 'start':
        return startOf(body, context);
      default:
        return verb satisfies never;
    }
  };
  const completions = createCompletions();
  const controlOf = (head: RequestHead) =>
    head.url.startsWith(controlPath) ? controlRequestOf(head, keys.secretKey, now()) : undefined;
  return {
    bodyLimit: (head) => {
      const control = controlOf(head);
      if (control !== undefined) return controlBodyLimit(control);
      // A fault may change the clock by which a request is judged.
      return bodyLimitOf(head, credentials, faults === undefined ? now() : signingTimeOf(head));
    },
    respond: (request) => {
      const control = controlOf(request);
      // A status request does not keep an idle engine from stopping.
      if (control !== undefined) return answerControl(control, request, keys.secretKey, runControl);
      touch();
      return respond(request, now());
    },
    objectStorage: {
      isFor: ({ headers, url }) => isCosRequest(headers.authorization?.[0], url),
      serve: (incoming, outgoing) => {
        touch();
        return handleCos(incoming, outgoing, {
          storageDir: context.settings.storageDir,
          completions,
          secretKeyOf: (secretId) => credentials.get(secretId)?.secretKey,
          now,
          onDefect: (error) => log.error(`the object storage failed: ${stackOf(error)}`),
        });
      },
    },
  };
};

const statusOf = (settings: EngineSettings, db: Database) => ({
  engineId: settings.engineId,
  pid: process.pid,
  version,
  backend: settings.backend,
  sandbox: settings.sandbox.mode,
  network: settings.sandbox.network,
  docker: settings.docker !== undefined,
  limits: settings.limits,
  packagePorts: settings.packagePorts,
  slots: settings.slots,
  busy: hasWork(db),
});

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
