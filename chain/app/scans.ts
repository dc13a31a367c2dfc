/**
 * Queries that may read much, answered by threads that read the store's database at a height: they
 * take no time of the thread that makes blocks, and stand back while it makes one.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { sdk } from '../../modules/_kernel/refusals.ts';
import type { BlockSignal } from '../abci/right-of-way.ts';
import type { Scans } from '../query/handlers.ts';
import { type Answer, type Asked, longestScanMs } from '../query/router.ts';
import type { Store } from '../store/store.ts';
import type { ScanTask, ScanThread } from './scan-thread.ts';

const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js',
  import.meta.url,
);

/** Queries that wait at most; the next is refused. */
const longestQueue = 256;

/** A thread that has had nothing to do for so long ends: beginning one takes a second of work. */
const idleMs = 600_000;

/** Waiting and reading together, where nobody says otherwise. */
const usuallyLongestMs = 12 * longestScanMs;

export interface ThreadedScans extends Scans {
  /** Queries that wait for a thread. */
  readonly waiting: number;
  close(): Promise<void>;
}

/**
 * @param path of the folder that `store` has open.
 * @param blocks that the threads give way to.
 * @param longestMs for waiting and reading together, by the clock; a thread that takes longer is
 *   ended.
 */
export function threadedScans(
  store: Store,
  path: string,
  blocks: BlockSignal,
  longestMs: number = usuallyLongestMs,
): ThreadedScans {
  const pool = new Piscina<ScanTask, Answer>({
    filename: workerFile.href,
    name: 'answer',
    workerData: { path, blocks } satisfies ScanThread,
    minThreads: 0,
    // One for blocks and one for CometBFT.
    maxThreads: Math.max(1, Math.min(4, availableParallelism() - 2)),
    idleTimeout: idleMs,
  });
  const ask = async (asked: Asked, chain: Parameters<Scans['answer']>[1]): Promise<Answer> => {
    // Not by the pool's `maxQueue`, which does not count those that it put back once.
    if (pool.queueSize >= longestQueue) return tooMany;
    const hold = store.hold(asked.height);
    const modules = chain.modules.map(({ name }) => name);
    const task = { asked, modules, context: chain.contextAt(asked.height) };
    const signal = AbortSignal.timeout(longestMs);
    try {
      return await pool.run(task, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      const what = `the query is not answered within ${longestMs / 1_000} s: ask for fewer rows, or later`;
      return sdk.invalid_request({ what });
    } finally {
      hold.release();
    }
  };
  return {
    answer: ask,
    get waiting() {
      return pool.queueSize;
    },
    close: () => pool.destroy(),
  };
}

const tooMany = sdk.invalid_request({ what: `${longestQueue} queries wait already: ask later` });
