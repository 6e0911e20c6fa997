/** The variable that holds the signing secret. A secret in an option could be read by other users of the machine. */
export const notifySecretVariable = 'BATCH_MCP_NOTIFY_SECRET';
