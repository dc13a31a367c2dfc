/** Serves the metrics over HTTP, at `/metrics` of an address of its own. */
import { createServer, type Server } from 'node:http';
import { CliError, exitCodes } from '../cli/context.ts';

/** What is served. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsServer extends AsyncDisposable {
  /** `http://host:port/metrics`. */
  readonly url: string;
}

/**
 * Listens on `host:port` (port 0 takes a free one).
 *
 * @throws CliError for another form (usage), or where nothing can listen there (unavailable).
 */
export async function serveMetrics(address: string, metrics: MetricsText): Promise<MetricsServer> {
  const { host, port } = parseAddress(address);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      answer(404, 'text/plain', 'The metrics are at GET /metrics.\n');
      return;
    }
    metrics.text().then(
      (text) => answer(200, metrics.contentType, text),
      (error: unknown) => answer(500, 'text/plain', `${String(error)}\n`),
    );
  });
  await listen(server, host, port, address);
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}/metrics`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[^:/[\]]+):(\d{1,5})$/.exec(address) ?? [];
  if (host !== undefined && port !== undefined && Number(port) <= 65_535) {
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  }
  throw new CliError(
    `--metrics is ${address}, expected host:port`,
    exitCodes.usage,
    'For this machine only: --metrics 127.0.0.1:26661.',
  );
}

async function listen(server: Server, host: string, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new CliError(
          taken
            ? `the metrics port ${address} is in use by another program`
            : `nothing can serve metrics on ${address}: ${error.message}`,
          exitCodes.unavailable,
          'Stop that program, or name another address by --metrics.',
        ),
      );
    });
    server.listen({ host, port }, resolve);
  });
}
