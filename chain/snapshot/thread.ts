/** The thread that writes one snapshot, from a height that the store's own thread holds. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BlockSignal, givingWay } from '../abci/right-of-way.ts';
import { StoreReader } from '../store/store-reader.ts';
import { writeSnapshot } from './write.ts';

export interface SnapshotJob {
  readonly storePath: string;
  readonly height: bigint;
  readonly timeMs: bigint;
  /** The folder to be made. */
  readonly path: string;
  readonly blocks: BlockSignal;
}

/** What the thread says last. */
export type SnapshotMade =
  | { readonly entries: number; readonly chunks: number; readonly bytes: number }
  | { readonly problem: string; readonly code: string | undefined };

const stop = new AbortController();
parentPort?.once('message', () => stop.abort(new Error('the node stops')));
const made = await make(workerData as SnapshotJob);
parentPort?.postMessage(made);
parentPort?.close();

async function make({
  storePath,
  height,
  timeMs,
  path,
  blocks,
}: SnapshotJob): Promise<SnapshotMade> {
  try {
    const reader = await StoreReader.open(storePath);
    try {
      const version = await reader.at(height);
      const { modules, chunks } = await writeSnapshot(version, timeMs, path, {
        signal: stop.signal,
        giveWay: givingWay(blocks),
      });
      return {
        entries: modules.reduce((sum, { entries }) => sum + entries, 0),
        chunks: chunks.length,
        bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    } finally {
      await reader.close();
    }
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { problem: message, code };
  }
}
