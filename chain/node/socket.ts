/** The unix socket between CometBFT and the application: where it lies, and when an old one may go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { CliError, exitCodes } from '../cli/context.ts';

/** Kernels take 104 to 108 bytes with the final zero; a little less is portable. */
export const longestSocketPath = 100;

/** Where the application listens. */
export interface SocketPlace {
  /** `unix:///...` or `tcp://127.0.0.1:port`, as CometBFT's `--proxy_app` takes it. */
  readonly address: string;
  /** A folder made for the socket (mode 0700), to be removed with it. */
  readonly dir?: string;
}

/**
 * The socket in the home; where that path is too long, one in a new folder below `runtimeDir` that
 * only this user can enter.
 */
export async function placeSocket(socketFile: string, runtimeDir: string): Promise<SocketPlace> {
  if (Buffer.byteLength(socketFile) <= longestSocketPath)
    return { address: `unix://${socketFile}` };
  const dir = await mkdtemp(join(runtimeDir, 'artel-'));
  const path = join(dir, 'abci.sock');
  if (Buffer.byteLength(path) <= longestSocketPath) return { address: `unix://${path}`, dir };
  await rm(dir, { recursive: true, force: true });
  throw new CliError(
    `the socket paths ${socketFile} and ${path} are longer than ${longestSocketPath} bytes`,
    exitCodes.usage,
    'Choose a shorter --home, or set XDG_RUNTIME_DIR to a short path, or --listen tcp://127.0.0.1:26658.',
  );
}

/** The path of a `unix://` address; undefined for others. */
export function socketPath(address: string): string | undefined {
  return address.startsWith('unix://') ? address.slice('unix://'.length) : undefined;
}

/**
 * Removes a socket that nobody listens on any more.
 *
 * @throws CliError (unavailable) where somebody answers on it.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if (await answers(path)) {
    throw new CliError(
      `another program listens on ${path}`,
      exitCodes.unavailable,
      'Stop the node that runs there, or name another --listen address.',
    );
  }
  await rm(path, { force: true });
}

async function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      // ENOTSOCK: a plain file; it is in the way and not removed, since it is not ours.
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false);
      else reject(error);
    });
  });
}
