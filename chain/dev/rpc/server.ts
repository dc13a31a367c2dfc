/**
 * The RPC server of an embedded chain: JSON-RPC over HTTP POST, single and in batches, the same
 * methods as URIs over GET, and WebSocket at /websocket, with the status codes and limits of
 * CometBFT 0.38.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { answer, failure, type RpcRequest, readRequest, success } from './answer.ts';
import { controlMethods } from './control-methods.ts';
import type { JsonObject } from './json.ts';
import { chainMethods, type RpcContext, type RpcMethods } from './methods.ts';
import { argumentsFromUri, InvalidParams } from './params.ts';
import { txMethods } from './tx-methods.ts';
import { serveWebSocket, subscriptionMethods } from './websocket.ts';

export interface RpcServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Logger;
}

export interface RpcServer {
  /** `http://host:port`. */
  readonly url: string;
  close(): Promise<void>;
}

const maxBodyBytes = 1_000_000;
/** CosmJS sends up to 20 calls at once; CometBFT's default of 10 is too small for it. */
const maxBatch = 100;
/** How long the server waits for WebSocket clients when it ends. */
const goodbyeMs = 300;
/** Calls without an id are numbered so in URIs. */
const uriId = -1;

const publicMethods: RpcMethods = { ...chainMethods, ...txMethods };
const allMethods: RpcMethods = { ...publicMethods, ...controlMethods };

/** @throws Error with code EADDRINUSE where the port is taken. */
export async function startRpcServer(
  context: Omit<RpcContext, 'rpcAddress'>,
  options: RpcServerOptions,
): Promise<RpcServer> {
  const server = createServer();
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const full: RpcContext = { ...context, rpcAddress: `tcp://${options.host}:${port}` };
  server.on('request', (request, response) => {
    serveHttp(full, request, response).catch((error: unknown) => {
      options.log.error({ err: error, url: request.url }, 'a request failed');
      response.destroy();
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxBodyBytes });
  server.on('upgrade', (request, socket, head) => {
    if (pathOf(request) !== '/websocket') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    const methods = mayControl(request) ? allMethods : publicMethods;
    sockets.handleUpgrade(request, socket, head, (client) =>
      serveWebSocket(client, methods, full, options.log),
    );
  });
  return {
    url: `http://${options.host}:${port}`,
    async close() {
      await endSockets(sockets);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Says goodbye first: a client that is cut off while it closes takes that for a failure. */
async function endSockets({ clients }: WebSocketServer): Promise<void> {
  for (const client of clients) client.close(1001);
  const patience = performance.now() + goodbyeMs;
  while (clients.size > 0 && performance.now() < patience) await sleep(5);
  for (const client of clients) client.terminate();
}

function listen(server: Server, { host, port }: RpcServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serveHttp(
  context: RpcContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('X-Server-Time', String(Math.floor(Date.now() / 1000)));
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Methods', 'HEAD, GET, POST');
    response.setHeader('Access-Control-Allow-Headers', 'Origin, Accept, Content-Type');
    response.writeHead(204).end();
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    const reason = 'error reading request body: http: request body too large';
    send(response, 400, failure(undefined, '-32600', reason));
  } else if (pathOf(request) !== '/') {
    await serveUri(context, request, response);
  } else if (body === '') {
    response.setHeader('Content-Type', 'text/html');
    response.end(endpointsPage(request.headers.host ?? ''));
  } else {
    await servePost(context, mayControl(request) ? allMethods : publicMethods, body, response);
  }
}

/** Undefined where the body is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  return size > maxBodyBytes ? undefined : Buffer.concat(chunks).toString();
}

async function servePost(
  context: RpcContext,
  methods: RpcMethods,
  body: string,
  response: ServerResponse,
): Promise<void> {
  let requests: RpcRequest[];
  try {
    const value: unknown = JSON.parse(body);
    if (Array.isArray(value) && value.length > maxBatch) {
      const reason = `batch request exceeds maximum (${maxBatch}) allowed number of requests`;
      send(response, 200, failure(undefined, '-32600', reason));
      return;
    }
    requests = (Array.isArray(value) ? value : [value]).map(readRequest);
  } catch (error) {
    const reason =
      error instanceof SyntaxError
        ? `invalid character '${body.trimStart().charAt(0)}' looking for beginning of value`
        : String(error instanceof Error ? error.message : error);
    send(response, 500, failure(undefined, '-32700', `error unmarshaling request: ${reason}`));
    return;
  }
  const answers: JsonObject[] = [];
  for (const request of requests) {
    const one = await answer(request, methods, context);
    if (one !== undefined) answers.push(one);
  }
  if (answers.length === 0) response.writeHead(200).end();
  else send(response, 200, answers.length === 1 ? answers[0] : answers);
}

/** `/block?height=5`. Controls answer POST only, so that no link or image can call them. */
async function serveUri(
  context: RpcContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = pathOf(request).slice(1);
  if (name in subscriptionMethods) {
    send(response, 404, failure(uriId, '-32601'));
    return;
  }
  const method = Object.hasOwn(publicMethods, name) ? publicMethods[name] : undefined;
  if (method === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('404 page not found\n');
    return;
  }
  try {
    const args = argumentsFromUri(method.params, queryOf(request));
    send(response, 200, success(uriId, await method.call(context, args)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const refusal =
      error instanceof InvalidParams
        ? failure(uriId, '-32602', `error converting http params to arguments: ${reason}`)
        : failure(uriId, '-32603', reason);
    send(response, 500, refusal);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/';
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '/';
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

/**
 * Controls write files and rewrite the chain, so a web page of elsewhere must not reach them:
 * neither directly (its `Origin`) nor by a name that resolves to this machine (the `Host`).
 */
function mayControl({ headers }: IncomingMessage): boolean {
  const local = (url: string): boolean => {
    const name = URL.canParse(url) ? new URL(url).hostname : '';
    return name === 'localhost' || name === '127.0.0.1' || name === '[::1]';
  };
  const { host, origin } = headers;
  return local(`http://${host}`) && (origin === undefined || local(origin));
}

function endpointsPage(host: string): string {
  const link = (name: string, params: readonly string[]): string => {
    const query = params.map((param) => `${param}=_`).join('&');
    const target = `//${escapeHtml(host)}/${name}?${query}`;
    return `<a href="${target}">${target}</a></br>`;
  };
  const all = Object.entries(publicMethods).map(
    ([name, { params }]) => [name, Object.keys(params)] as const,
  );
  const links = all
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, params]) => link(name, params));
  return `<html><body><br>Available endpoints:<br>${links.join('')}</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
