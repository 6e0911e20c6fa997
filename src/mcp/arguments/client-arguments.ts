/** Arguments that MCP clients add to calls for internal purposes. They are not about the call, so they are ignored. */

/** The argument, and the clients known to send it. The list is documented for users; extend it only for a known client. */
export const clientArguments: Readonly<Record<string, string>> = {
  _meta: 'clients that copy the metadata of the request into its arguments',
  wait_for_previous: 'Gemini CLI: scheduling of parallel calls',
  wait_for_previous_tools: 'Gemini CLI and Antigravity, other spellings of the same',
  waitForPreviousTools: 'Gemini CLI and Antigravity, other spellings of the same',
  toolAction: 'Antigravity: a caption for the user',
  toolSummary: 'Antigravity: a caption for the user',
  task_progress: 'Cline: the checklist of the task',
  requires_approval: 'Cline: a risk estimate by the client, which does not replace a confirmation',
  security_risk: 'OpenHands: a risk estimate by the client, which does not replace a confirmation',
  summary: 'OpenHands: a caption for the user',
  explanation: 'Cursor: why the tool is called',
  random_string: 'Cursor: a placeholder for tools that need no argument',
  __tool_use_purpose: 'Kiro and Amazon Q: why the tool is called',
  __toolUsePurpose: 'Kiro and Amazon Q: why the tool is called',
  toolCallId: 'n8n: fields of its workflow',
  sessionId: 'n8n: fields of its workflow',
  chatInput: 'n8n: fields of its workflow',
  action: 'n8n: fields of its workflow',
  tool: 'n8n: fields of its workflow',
  request_heartbeat: 'Letta: whether the agent continues afterwards',
  inner_thoughts: 'Letta: reasoning of the agent',
  thinking: 'Letta: reasoning of the agent',
};

/** Whether to ignore an argument that the tool does not know. */
export const isClientArgument = (name: string): boolean => Object.hasOwn(clientArguments, name);
