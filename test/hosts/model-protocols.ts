/** The streaming protocols of four model vendors, as far as a scripted model needs them. */
import type { ServerResponse } from 'node:http';
import type { ModelAnswer, ModelRequest } from './scripted-model.ts';

export interface ModelProtocol {
  matches(path: string): boolean;
  read(body: unknown): ModelRequest;
  write(answer: ModelAnswer, path: string, body: unknown, response: ServerResponse): void;
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of other programs, read by their documented fields
type Json = any;

/** Text of a result, whether it is a string, a list of parts, or an object. */
const textOf = (content: Json): string => {
  if (typeof content === 'string') return content;
  if (Array.isArray(content))
    return content.map((part: Json) => part?.text ?? JSON.stringify(part)).join('\n');
  return JSON.stringify(content ?? '');
};

const startEvents = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  return (data: object, event?: string) =>
    response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
};

const usage = { input_tokens: 1, output_tokens: 1 };

/** https://docs.anthropic.com/en/api/messages-streaming */
const anthropic: ModelProtocol = {
  matches: (path) => path.startsWith('/v1/messages') && !path.includes('count_tokens'),
  read: (body: Json) => ({
    tools: (body.tools ?? []).map((tool: Json) => tool.name),
    results: (body.messages ?? []).flatMap((message: Json) =>
      Array.isArray(message.content)
        ? message.content
            .filter((part: Json) => part.type === 'tool_result')
            .map((part: Json) => textOf(part.content))
        : [],
    ),
  }),
  write: (answer, _path, body: Json, response) => {
    const block =
      answer.kind === 'call'
        ? { type: 'tool_use', id: `toolu_${answer.id}`, name: answer.tool, input: {} }
        : { type: 'text', text: '' };
    const delta =
      answer.kind === 'call'
        ? { type: 'input_json_delta', partial_json: JSON.stringify(answer.arguments) }
        : { type: 'text_delta', text: answer.text };
    const stop_reason = answer.kind === 'call' ? 'tool_use' : 'end_turn';
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: body.model, usage };
    if (body.stream !== true) {
      const content =
        answer.kind === 'call'
          ? [{ ...block, input: answer.arguments }]
          : [{ type: 'text', text: answer.text }];
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...message, content, stop_reason, stop_sequence: null }));
      return;
    }
    const send = startEvents(response);
    const start = { ...message, content: [], stop_reason: null, stop_sequence: null };
    send({ type: 'message_start', message: start }, 'message_start');
    send({ type: 'content_block_start', index: 0, content_block: block }, 'content_block_start');
    send({ type: 'content_block_delta', index: 0, delta }, 'content_block_delta');
    send({ type: 'content_block_stop', index: 0 }, 'content_block_stop');
    send({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage }, 'message_delta');
    send({ type: 'message_stop' }, 'message_stop');
    response.end();
  },
};

/** https://platform.openai.com/docs/api-reference/responses-streaming */
const responses: ModelProtocol = {
  matches: (path) => path.endsWith('/responses'),
  read: (body: Json) => ({
    // Tools of one MCP server may be grouped in a namespace.
    tools: (body.tools ?? []).flatMap((tool: Json) =>
      tool.type === 'namespace'
        ? tool.tools.map((inner: Json) => `${tool.name}\u0000${inner.name}`)
        : [tool.name ?? tool.type],
    ),
    results: (body.input ?? [])
      .filter((item: Json) => item.type === 'function_call_output')
      .map((item: Json) => textOf(item.output?.content ?? item.output)),
  }),
  write: (answer, _path, body: Json, response) => {
    const [namespace, name] = answer.kind === 'call' ? answer.tool.split('\u0000') : [];
    const item =
      answer.kind === 'call'
        ? {
            type: 'function_call',
            id: `fc_${answer.id}`,
            call_id: answer.id,
            ...(name === undefined ? { name: namespace } : { namespace, name }),
            arguments: JSON.stringify(answer.arguments),
            status: 'completed',
          }
        : {
            type: 'message',
            id: 'msg_1',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: answer.text, annotations: [] }],
          };
    const whole = {
      id: 'resp_1',
      object: 'response',
      model: body.model,
      status: 'completed',
      output: [item],
    };
    const send = startEvents(response);
    send(
      { type: 'response.created', response: { ...whole, status: 'in_progress', output: [] } },
      'response.created',
    );
    send({ type: 'response.output_item.added', output_index: 0, item }, 'response.output_item.added');
    send({ type: 'response.output_item.done', output_index: 0, item }, 'response.output_item.done');
    const total = { ...usage, total_tokens: 2 };
    send({ type: 'response.completed', response: { ...whole, usage: total } }, 'response.completed');
    response.end();
  },
};

/** https://platform.openai.com/docs/api-reference/chat-streaming */
const chat: ModelProtocol = {
  matches: (path) => path.endsWith('/chat/completions'),
  read: (body: Json) => ({
    tools: (body.tools ?? []).map((tool: Json) => tool.function?.name),
    results: (body.messages ?? [])
      .filter((message: Json) => message.role === 'tool')
      .map((message: Json) => textOf(message.content)),
  }),
  write: (answer, _path, body: Json, response) => {
    const send = startEvents(response);
    const chunk = (delta: object, finish_reason: string | null) =>
      send({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 0,
        model: body.model,
        choices: [{ index: 0, delta, finish_reason }],
        ...(finish_reason !== null && {
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }),
      });
    if (answer.kind === 'text') chunk({ role: 'assistant', content: answer.text }, null);
    else {
      const called = { name: answer.tool, arguments: JSON.stringify(answer.arguments) };
      const call = { index: 0, id: answer.id, type: 'function', function: called };
      chunk({ role: 'assistant', content: null, tool_calls: [call] }, null);
    }
    chunk({}, answer.kind === 'call' ? 'tool_calls' : 'stop');
    response.end('data: [DONE]\n\n');
  },
};

/** https://ai.google.dev/api/generate-content */
const gemini: ModelProtocol = {
  matches: (path) => /:(?:streamG|g)enerateContent/.test(path),
  read: (body: Json) => ({
    tools: (body.tools ?? []).flatMap((tool: Json) =>
      (tool.functionDeclarations ?? []).map((declaration: Json) => declaration.name),
    ),
    results: (body.contents ?? []).flatMap((content: Json) =>
      (content.parts ?? [])
        .filter((part: Json) => part.functionResponse !== undefined)
        .map((part: Json) =>
          textOf(part.functionResponse.response?.output ?? part.functionResponse.response),
        ),
    ),
  }),
  write: (answer, path, _body, response) => {
    const part =
      answer.kind === 'call'
        ? { functionCall: { name: answer.tool, args: answer.arguments } }
        : { text: answer.text };
    const chunk = {
      candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
    if (!path.includes('streamGenerateContent')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chunk));
      return;
    }
    startEvents(response)(chunk);
    response.end();
  },
};

export const protocols: readonly ModelProtocol[] = [anthropic, responses, chat, gemini];
