/** Where the ABCI server listens: a unix socket of this user, or a loopback TCP port. */
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { connect } from 'node:net';
import { dirname } from 'node:path';

/** Kernels take 104 to 108 bytes with the final zero; a little less is portable. */
export const longestSocketPath = 100;

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

export type Endpoint =
  | { readonly type: 'unix'; readonly path: string }
  | { readonly type: 'tcp'; readonly host: string; readonly port: number };

/**
 * Reads `unix:///path`, a path alone, or `tcp://127.0.0.1:port`. Throws an Error that says what is
 * wrong with it.
 */
export function parseEndpoint(address: string): Endpoint {
  const path = /^(?:unix:\/\/|(?=\/))(.*)$/s.exec(address)?.[1];
  if (path !== undefined) return unixEndpoint(path);
  const tcp = /^tcp:\/\/(\[[0-9a-f:]+\]|[^:/]+):(\d{1,5})$/.exec(address);
  const [, host, port] = tcp ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new Error(`the ABCI address ${address} is not unix:///path or tcp://127.0.0.1:port`);
  }
  if (!loopback.has(host)) {
    throw new Error(
      `the ABCI address ${address} is reachable from outside: ABCI has no passwords, so the host ` +
        'must be 127.0.0.1, [::1] or localhost',
    );
  }
  return { type: 'tcp', host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function unixEndpoint(path: string): Endpoint {
  if (!path.startsWith('/')) throw new Error(`the socket path ${path} is not absolute`);
  const bytes = Buffer.byteLength(path);
  if (bytes > longestSocketPath) {
    throw new Error(
      `the socket path ${path} has ${bytes} bytes, more than ${longestSocketPath}: ` +
        'choose a shorter one or tcp://127.0.0.1:port',
    );
  }
  return { type: 'unix', path };
}

/** Starts listening; resolves to the address as CometBFT's `proxy_app` takes it. */
export async function listenOn(server: Server, endpoint: Endpoint): Promise<string> {
  if (endpoint.type === 'unix') await prepareSocket(endpoint.path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      endpoint.type === 'unix'
        ? { path: endpoint.path }
        : { host: endpoint.host, port: endpoint.port },
      () => {
        server.off('error', reject);
        resolve();
      },
    );
  });
  if (endpoint.type === 'unix') {
    await chmod(endpoint.path, 0o600);
    return `unix://${endpoint.path}`;
  }
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : endpoint.port;
  return `tcp://${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}:${port}`;
}

/** Makes the folder, and removes a socket that nobody answers on. */
async function prepareSocket(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket())
    throw new Error(`${path} exists and is not a socket: remove it or choose another`);
  if (await answers(path)) throw new Error(`another program listens on ${path}: stop it first`);
  await rm(path, { force: true });
}

/** Whether somebody accepts connections there. Only a refused connection counts as nobody. */
async function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}
