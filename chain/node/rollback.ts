/**
 * Takes a stopped node back to an earlier height, CometBFT and the application in step, so that it
 * gets the later blocks again from its peers.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CliError, exitCodes } from '../cli/context.ts';
import { withStoppedNode } from './block-source.ts';
import { lockHome, nodeHome } from './home.ts';

const run = promisify(execFile);

/** The application's side of a rollback (`Store` of `chain/store`). */
export interface RollbackTarget {
  /** The last committed height. */
  readonly height: number;
  /**
   * Makes `toHeight` the last committed height. @throws where it is outside of what is retained.
   */
  rollback(toHeight: number): Promise<void>;
}

export interface RollbackOptions {
  readonly home: string;
  readonly cometbft: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly toHeight: number;
  /** Opens the application's store, once the home is locked. */
  readonly openTarget: (storeDir: string) => Promise<RollbackTarget & { close(): Promise<void> }>;
  readonly onProgress?: (height: number) => void;
}

/**
 * Rolls back to `toHeight` and answers with the height reached. The application goes first: it may
 * be below CometBFT after a crash, which then replays, but never above.
 *
 * What this validator has signed is remembered, so it signs nothing again up to the height where it
 * was: a network of one can't go on after a rollback.
 *
 * @throws CliError where the node runs, the height is not stored, or the application no longer has
 *   it.
 */
export async function rollbackNode(options: RollbackOptions): Promise<number> {
  const { toHeight } = options;
  const stored = await withStoppedNode(options, async ({ base, height }) => ({ base, height }));
  if (!Number.isSafeInteger(toHeight) || toHeight < stored.base || toHeight > stored.height) {
    throw new CliError(
      `this node has the heights ${stored.base} to ${stored.height}, not ${toHeight}`,
      exitCodes.usage,
      'Give a height between them; to go on, start the node.',
    );
  }
  const home = nodeHome(options.home);
  const lock = await lockHome(home);
  try {
    const target = await options.openTarget(home.storeDir);
    try {
      if (toHeight < target.height) await target.rollback(toHeight);
    } finally {
      await target.close();
    }
    // Each call takes one block off, also one that was stored but not executed before a crash.
    for (let height = stored.height; height > toHeight; ) {
      const reached = await rollbackOnce(options.cometbft, home.root);
      if (reached !== height - 1) throw failed(`it went from ${height} to ${reached}`);
      height = reached;
      options.onProgress?.(height);
    }
    return toHeight;
  } finally {
    await lock.release();
  }
}

/** One `cometbft rollback --hard`; answers with CometBFT's height after it. */
async function rollbackOnce(cometbft: string, home: string): Promise<number> {
  try {
    const { stdout } = await run(cometbft, ['rollback', '--hard', '--home', home], {
      timeout: 60_000,
    });
    const height = /to height (\d+)/.exec(stdout)?.[1];
    if (height !== undefined) return Number(height);
    throw new Error(`unexpected answer: ${stdout.trim()}`);
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').at(-1);
    throw failed(said || (error instanceof Error ? error.message : String(error)));
  }
}

function failed(reason: string): CliError {
  return new CliError(
    `cometbft rollback fails: ${reason}`,
    exitCodes.failed,
    'The application is rolled back already; run the same command again, or sync anew.',
  );
}
