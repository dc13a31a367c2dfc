/** Where the unix socket between CometBFT and the application lies. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { longestSocketPath } from '../abci/endpoint.ts';
import { CliError, exitCodes } from '../cli/context.ts';

/** Where the application listens. */
export interface SocketPlace {
  /** `unix:///...`, as CometBFT's `--proxy_app` takes it. */
  readonly address: string;
  /** A folder made for the socket (mode 0700), to be removed with it. */
  readonly dir?: string;
}

/**
 * The socket in the home; where that path is too long, one in a new folder below `runtimeDir` that
 * only this user can enter.
 *
 * @throws CliError (usage) where both paths are too long.
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
    'Choose a shorter --home or XDG_RUNTIME_DIR, or --listen tcp://127.0.0.1:26658.',
  );
}
