/**
 * Makes a snapshot at every n-th height, in a thread of its own, one at a time; the oldest ones go.
 * Whatever fails here is told in one line and delays no block.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { BlockSignal } from '../abci/right-of-way.ts';
import type { Hold, Store } from '../store/store.ts';
import type { SnapshotFolder } from './folder.ts';
import type { SnapshotJob, SnapshotMade } from './thread.ts';

export interface ScheduleOptions {
  readonly store: Store;
  readonly storePath: string;
  readonly folder: SnapshotFolder;
  /** At heights that are multiples of this; 0: never. */
  readonly interval: number;
  /** How many stay. */
  readonly keepRecent: number;
  /** Of the blocks to give way to. */
  readonly blocks: BlockSignal;
  readonly logger: Logger;
  /** A snapshot has come, or has gone. */
  readonly onChange: () => Promise<void>;
}

/** The sources run as they are; the package holds what they compile to. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
);

export class SnapshotSchedule {
  readonly #o: ScheduleOptions;
  #running: { readonly worker: Worker; readonly ended: Promise<void> } | undefined;

  constructor(options: ScheduleOptions) {
    this.#o = options;
  }

  /** A height is committed: begins its snapshot where one is due. */
  committed(height: bigint, timeMs: bigint): void {
    const { interval, folder, logger, store, storePath, blocks } = this.#o;
    if (interval === 0 || height % BigInt(interval) !== 0n) return;
    if (this.#running !== undefined) {
      logger.warn({ height: height.toString() }, 'snapshot left out: the one before is not done');
      return;
    }
    const hold = store.hold(height);
    const job: SnapshotJob = { storePath, height, timeMs, path: folder.pathOf(height), blocks };
    const worker = new Worker(workerFile, { workerData: job });
    this.#running = { worker, ended: this.#follow(worker, height, hold) };
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running?.ended;
  }

  /** Gives up what is under way, so that the store can be closed. */
  async close(): Promise<void> {
    this.#running?.worker.postMessage('stop');
    await this.idle();
  }

  async #follow(worker: Worker, height: bigint, hold: Hold): Promise<void> {
    const { logger, folder, keepRecent, onChange } = this.#o;
    const began = performance.now();
    const made = await lastWords(worker);
    hold.release();
    const facts = { height: height.toString() };
    try {
      if ('problem' in made) {
        const reason = made.code === 'ENOSPC' ? 'the disk is full' : made.problem;
        logger.error({ ...facts, reason }, 'snapshot failed; the node goes on without it');
      } else {
        await folder.keepNewest(keepRecent);
        const ms = Math.round(performance.now() - began);
        logger.info({ ...facts, ...made, ms }, 'snapshot made');
      }
      await onChange();
    } catch (error) {
      logger.error({ ...facts, err: error }, 'the snapshots could not be looked through');
    }
    this.#running = undefined;
  }
}

/** What the thread says last; a thread that dies is a problem like any other. */
function lastWords(worker: Worker): Promise<SnapshotMade> {
  return new Promise((resolve) => {
    let words: SnapshotMade = { problem: 'its thread ended early', code: undefined };
    worker.on('message', (made: SnapshotMade) => {
      words = made;
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      words = { problem: error.message, code: error.code };
    });
    worker.on('exit', () => resolve(words));
  });
}
