/** One JSON-RPC 2.0 call, answered as CometBFT's server does. */
import type { Json, JsonObject } from './json.ts';
import type { RpcContext, RpcMethods } from './methods.ts';
import { argumentsFromJson, InvalidParams } from './params.ts';

export type RpcId = string | number;

export interface RpcRequest {
  /** Absent in a notification, which gets no answer. */
  readonly id: RpcId | undefined;
  readonly method: string;
  readonly params: unknown;
}

export function success(id: RpcId, result: Json): JsonObject {
  return { jsonrpc: '2.0', id, result };
}

/** The id is left out where the request had none that can be read. */
export function failure(
  id: RpcId | undefined,
  code: keyof typeof messages,
  data?: string,
): JsonObject {
  return {
    jsonrpc: '2.0',
    ...(id !== undefined && { id }),
    error: { code: Number(code), message: messages[code], ...(data !== undefined && { data }) },
  };
}

const messages = {
  '-32700': 'Parse error. Invalid JSON',
  '-32600': 'Invalid Request',
  '-32601': 'Method not found',
  '-32602': 'Invalid params',
  '-32603': 'Internal error',
  '-32000': 'Server error',
} as const;

/** @throws Error with Go's sentence where the request is none. */
export function readRequest(value: unknown): RpcRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('json: cannot unmarshal the request into Go value of type types.RPCRequest');
  }
  const { id, method, params } = value as Record<string, unknown>;
  if (id === undefined || id === null) return { id: undefined, method: '', params: undefined };
  if (typeof id !== 'string' && typeof id !== 'number') {
    throw new Error(`json-rpc ID (${JSON.stringify(id)}) is of unknown type (${typeof id})`);
  }
  return {
    id: typeof id === 'number' ? Math.trunc(id) : id,
    method: typeof method === 'string' ? method : '',
    params,
  };
}

/**
 * Undefined for a notification. Over WebSocket CometBFT calls unreadable parameters an internal
 * error.
 */
export async function answer(
  request: RpcRequest,
  methods: RpcMethods,
  context: RpcContext,
  overWebSocket = false,
): Promise<JsonObject | undefined> {
  const { id } = request;
  if (id === undefined) return undefined;
  const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (method === undefined) return failure(id, '-32601');
  try {
    const args = argumentsFromJson(method.params, request.params);
    return success(id, await method.call(context, args));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof InvalidParams)) return failure(id, '-32603', reason);
    const sentence = `error converting json params to arguments: ${reason}`;
    return failure(id, overWebSocket ? '-32603' : '-32602', sentence);
  }
}
