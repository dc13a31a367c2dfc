/**
 * JSON-RPC over one WebSocket: all methods, and subscriptions whose events carry the id they began
 * with.
 */
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { ChainEvent } from '../event-bus.ts';
import { parseQuery, printQuery } from '../event-query.ts';
import { answer, failure, type RpcId, type RpcRequest, readRequest, success } from './answer.ts';
import type { Json, JsonObject } from './json.ts';
import type { RpcContext, RpcMethods } from './methods.ts';
import type { Arguments, ParamSpec } from './params.ts';

/** Methods that exist on a WebSocket alone. */
export const subscriptionMethods: Readonly<Record<string, ParamSpec>> = {
  subscribe: { query: 'string' },
  unsubscribe: { query: 'string' },
  unsubscribe_all: {},
};

const maxSubscriptions = 5;
const maxQueryLength = 512;
const pingEveryMs = 27_000;
/** A client that reads no more than this is cut off. */
const maxUnreadBytes = 64 * 1024 * 1024;

export function serveWebSocket(
  client: WebSocket,
  methods: RpcMethods,
  context: RpcContext,
  log: Logger,
): void {
  const ping = setInterval(() => client.ping(), pingEveryMs);
  const subscriptions = new Map<string, () => void>();
  const send = (message: JsonObject): void => {
    if (client.bufferedAmount > maxUnreadBytes) client.terminate();
    else client.send(JSON.stringify(message));
  };
  /** Calls of one client are answered in their order. */
  let turn: Promise<unknown> = Promise.resolve();
  client.on('message', (data) => {
    const request = readMessage(data);
    if (request instanceof Error) {
      const reason = `error unmarshaling request: ${request.message}`;
      turn = turn.then(() => send(failure(undefined, '-32700', reason)));
      return;
    }
    turn = turn
      .then(() => answer(request, withSubscriptions(request.id, methods), context, true))
      .then((one) => one && send(one))
      .catch((error: unknown) => log.error({ err: error }, 'a WebSocket call failed'));
  });
  client.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
  client.on('close', () => {
    clearInterval(ping);
    for (const end of subscriptions.values()) end();
    subscriptions.clear();
  });

  function withSubscriptions(id: RpcId | undefined, base: RpcMethods): RpcMethods {
    return {
      ...base,
      subscribe: { params: { query: 'string' }, call: (_, args) => subscribe(id ?? '', args) },
      unsubscribe: { params: { query: 'string' }, call: (_, args) => unsubscribe(args) },
      unsubscribe_all: { params: {}, call: unsubscribeAll },
    };
  }

  function subscribe(id: RpcId, args: Arguments): Json {
    const query = args.text('query');
    if (subscriptions.size >= maxSubscriptions) {
      throw new Error(`max_subscriptions_per_client ${maxSubscriptions} reached`);
    }
    if (query.length > maxQueryLength) throw new Error('maximum query length exceeded');
    const conditions = read(query);
    const key = printQuery(conditions);
    if (subscriptions.has(key)) throw new Error('already subscribed');
    const deliver = ({ json, events }: ChainEvent): void => {
      const flat = Object.fromEntries(events);
      send(success(id, { query, data: json() as Json, events: flat }));
    };
    subscriptions.set(key, context.feed.bus.subscribe({ conditions, deliver }));
    return {};
  }

  function unsubscribe(args: Arguments): Json {
    const key = printQuery(read(args.text('query')));
    const end = subscriptions.get(key);
    if (end === undefined) throw new Error('subscription not found');
    end();
    subscriptions.delete(key);
    return {};
  }

  function unsubscribeAll(): Json {
    if (subscriptions.size === 0) throw new Error('subscription not found');
    for (const end of subscriptions.values()) end();
    subscriptions.clear();
    return {};
  }
}

function readMessage(data: RawData): RpcRequest | Error {
  const text = data.toString();
  try {
    return readRequest(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) return error as Error;
    return new Error(
      `invalid character '${text.trimStart().charAt(0)}' looking for beginning of value`,
    );
  }
}

function read(query: string): ReturnType<typeof parseQuery> {
  try {
    return parseQuery(query);
  } catch (error) {
    throw new Error(`failed to parse query: ${error instanceof Error ? error.message : error}`);
  }
}
