/** Work on the home of a node that does not run: opened for one command, closed in every case. */
import { access } from 'node:fs/promises';
import { pino } from 'pino';
import type { OfflineChain } from '../app/offline.ts';
import { lockHome, nodeHome } from '../node/home.ts';
import { type CliContext, CliError, exitCodes } from './context.ts';

/** Opens the store of the home, holding the home's lock, for the time of `use`. */
export async function withStoppedStore<T>(
  context: CliContext,
  home: string,
  open: (storeDir: string, logger: pino.Logger) => Promise<OfflineChain>,
  use: (chain: OfflineChain) => Promise<T>,
): Promise<T> {
  const layout = nodeHome(home);
  await access(layout.storeDir).catch(() => {
    throw new CliError(
      `${layout.root} holds no chain: there is no ${layout.storeDir}`,
      exitCodes.usage,
      'Name the home of a node by --home; its state begins with `artel start`.',
    );
  });
  const lock = await lockHome(layout);
  try {
    const chain = await open(layout.storeDir, quietLogger(context));
    try {
      return await use(chain);
    } finally {
      await chain.close();
    }
  } catch (error) {
    throw explainStore(error);
  } finally {
    await lock.release();
  }
}

/** Warnings only, on stderr: stdout is the answer. */
export function quietLogger({ stderr }: CliContext): pino.Logger {
  return pino({ level: 'warn' }, stderr);
}

/** Errors of the store by name, so that this file loads none of it. */
export function explainStore(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CliError) return error;
  switch (error.name) {
    case 'StoreLocked':
    case 'StoreFormat':
    case 'StoreCorrupt':
      return new CliError(error.message, exitCodes.unavailable);
    case 'OtherProgramNeeded':
      return new CliError(error.message, exitCodes.upgrade);
    case 'NoChain':
    case 'HeightNotAvailable':
      return new CliError(error.message, exitCodes.usage);
    default:
      return error;
  }
}
