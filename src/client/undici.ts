/**
 * The parts of undici in use. A separate file, so the bundle has them as one chunk that is loaded at the first call.
 * The index of the package also loads fetch, WebSocket, mocks and caches, and by them Node's own copy of undici.
 */
import { setFlagsFromString } from 'node:v8';
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';

// As the index does with all methods of its API; a proxy is asked with `connect`.
Object.assign(Dispatcher.prototype, { request, connect });

export { Agent, EnvHttpProxyAgent };

// undici parses responses with WebAssembly. Optimizing its parser after some responses takes 29 MB and 140 ms of a
// processor; the code that V8 compiles first is fast enough for what this program receives.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');
