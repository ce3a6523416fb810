import { isJSONRPCRequest, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { isObject } from '../kernel/json.js';
import { shown } from '../kernel/text.js';

/** JSON-RPC 2.0, section 5.1. */
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;
const NOT_FITTING = 'they do not fit this method of the protocol';

type Id = string | number | null;
export interface ErrorResponse {
  readonly jsonrpc: '2.0';
  readonly id: Id;
  readonly error: { readonly code: number; readonly message: string };
}

export interface Refusal {
  readonly response: ErrorResponse;
  /** It was a tools/call. */
  readonly call: boolean;
}

/** A message that may pass, or how it is answered instead. */
export type Read = { readonly message: JSONRPCMessage } | { readonly refusal: Refusal };

function errorResponse(id: Id, code: number, message: string): ErrorResponse {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

export function parseError(): ErrorResponse {
  return errorResponse(null, PARSE_ERROR, 'Parse error: not valid JSON in UTF-8.');
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Larger numbers would not come back as they were sent. */
const isIdentifier = (value: unknown): value is string | number =>
  typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));

function malformedInitialize({ protocolVersion, capabilities, clientInfo }: JsonObject): string | undefined {
  if (typeof protocolVersion !== 'string') return 'params.protocolVersion must be a string';
  if (!isObject(capabilities)) return 'params.capabilities must be an object';
  const named = isObject(clientInfo) && typeof clientInfo.name === 'string' && typeof clientInfo.version === 'string';
  return named ? undefined : 'params.clientInfo must be an object with a name and a version';
}

function malformedCall({ name, arguments: args }: JsonObject): string | undefined {
  if (typeof name !== 'string') return 'params.name must be a string';
  return args === undefined || isObject(args) ? undefined : 'params.arguments must be an object';
}

/** What is wrong with the params of single methods, or undefined. */
const PARAMS: ReadonlyMap<string, (params: JsonObject) => string | undefined> = new Map([
  ['initialize', malformedInitialize],
  ['tools/call', malformedCall],
  ['tools/list', ({ cursor }) => (cursor === undefined || typeof cursor === 'string' ? undefined : 'params.cursor must be a string')],
]); // prettier-ignore

function malformedParams(method: string, params: unknown): string | undefined {
  if (params !== undefined && !isObject(params)) return 'params must be an object';
  const meta = params?._meta;
  if (meta !== undefined && !isObject(meta)) return 'params._meta must be an object';
  const token = meta?.progressToken;
  if (token !== undefined && !isIdentifier(token))
    return 'params._meta.progressToken must be a string or a whole number';
  return PARAMS.get(method)?.(params ?? {});
}

function refuse(id: Id, code: number, why: string, call = false): Read {
  const what = code === INVALID_PARAMS ? 'Invalid params' : 'Invalid request';
  return { refusal: { response: errorResponse(id, code, `${what}: ${why}.`), call } };
}

/** A request; everything that the SDK would drop without an answer is refused here. */
function readRequest(id: string | number, method: string, params: unknown): Read {
  const call = method === 'tools/call';
  const problem = malformedParams(method, params);
  if (problem !== undefined) return refuse(id, INVALID_PARAMS, `${method === 'initialize' || call ? `${method}: ` : ''}${problem}`, call); // prettier-ignore
  const message = { jsonrpc: '2.0' as const, id, method, ...(params === undefined ? {} : { params }) };
  return isJSONRPCRequest(message) ? { message } : refuse(id, INVALID_PARAMS, NOT_FITTING, call);
}

function readNotification(method: string, params: unknown): Read {
  const problem = malformedParams('', params);
  if (problem !== undefined) return refuse(null, INVALID_REQUEST, problem);
  return { message: { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params: params as JsonObject }) } };
}

/** Reads one message as JSON-RPC. Members that it does not know are dropped. */
export function readMessage(message: unknown): Read {
  if (Array.isArray(message))
    return refuse(null, INVALID_REQUEST, 'batches are not part of MCP; send one message a line');
  if (!isObject(message)) return refuse(null, INVALID_REQUEST, 'a message is a JSON object');
  const { id: given, jsonrpc, method, params } = message;
  const id = isIdentifier(given) ? given : null;
  if (jsonrpc !== '2.0') return refuse(id, INVALID_REQUEST, 'jsonrpc must be "2.0"');
  if (given !== undefined && id === null) return refuse(null, INVALID_REQUEST, 'id must be a string or a whole number');
  if (typeof method === 'string')
    return id === null ? readNotification(method, params) : readRequest(id, method, params);
  const response = method === undefined && ('result' in message || 'error' in message);
  return response
    ? { message: message as unknown as JSONRPCMessage }
    : refuse(id, INVALID_REQUEST, 'method must be a string');
}

/** The SDK's own refusals quote its schema library; clients get ours instead. */
export function inOurWords(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message)) return message;
  const { code, message: text, data } = message.error;
  const refused = (why: string): JSONRPCMessage => ({ ...message, error: { code: INVALID_PARAMS, message: `Invalid params: ${why}.` } }); // prettier-ignore
  if (code === INVALID_PARAMS && isObject(data) && isObject(data.envelope))
    return refused(`_meta: ${shown(String(data.envelope.key))} is missing or has the wrong form`);
  // What a handler's schema refuses comes as an internal error whose text lists the issues.
  if ((code === INVALID_PARAMS && data === undefined) || (code === INTERNAL_ERROR && text.startsWith('[')))
    return refused(NOT_FITTING);
  return code === INTERNAL_ERROR ? { ...message, error: { code, message: 'Internal error.' } } : message;
}
