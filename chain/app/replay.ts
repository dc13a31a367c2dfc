/**
 * Replay from events: the log folded on an empty store must give the same app hash at every height.
 */
import { performance } from 'node:perf_hooks';
import type { Context } from '../../modules/_kernel/decider.ts';
import { height as toHeight } from '../../modules/_kernel/units.ts';
import { eventLogHeadKey } from '../../modules/chain/keys.ts';
import { blockRecord, readBlockFacts, readBlockTime } from '../events/block-record.ts';
import { decodeFacts, nextHead } from '../events/record.ts';
import { HeadReader, Overlay, type StateReader, settle } from '../store/overlay.ts';
import type { Store } from '../store/store.ts';
import type { AnyModule } from './composition.ts';
import { Meter } from './gas.ts';
import { emptyState } from './genesis.ts';
import type { Machine } from './machine.ts';

/** Where a replay left the recorded chain. */
export interface Divergence {
  readonly height: bigint;
  /** First module whose root differs; undefined where only the app hash is known. */
  readonly module: string | undefined;
  readonly expected: Uint8Array;
  readonly found: Uint8Array;
}

export interface ReplayResult {
  readonly from: bigint;
  readonly to: bigint;
  readonly facts: number;
  readonly seconds: number;
  readonly divergence?: Divergence;
}

/** Thrown where the log does not reach back to the beginning: state sync began it later. */
export class LogIncomplete extends Error {}

/**
 * Folds the event log of `source` into the empty store `target`, comparing the app hash at every
 * height that the source still has. Stops at the first difference.
 */
export async function replayEvents(o: {
  readonly source: Store;
  readonly target: Store;
  readonly machine: Machine;
  readonly modules: ReadonlyMap<string, AnyModule>;
  readonly genesisHeight: bigint;
  readonly onProgress?: (height: bigint, last: bigint) => void;
  readonly signal?: AbortSignal;
}): Promise<ReplayResult> {
  const began = performance.now();
  const last = o.source.head?.height ?? o.genesisHeight;
  let facts = 0;
  for (let height = o.genesisHeight; height <= last; height += 1n) {
    o.signal?.throwIfAborted();
    facts += await replayHeight(o, height);
    const divergence = await firstDifference(o.source, o.target, height);
    const seconds = (performance.now() - began) / 1000;
    if (divergence !== undefined) {
      return { from: o.genesisHeight, to: height, facts, seconds, divergence };
    }
    o.onProgress?.(height, last);
  }
  return { from: o.genesisHeight, to: last, facts, seconds: (performance.now() - began) / 1000 };
}

async function replayHeight(
  o: Parameters<typeof replayEvents>[0],
  height: bigint,
): Promise<number> {
  const bytes = readBlockFacts(o.source, height) ?? new Uint8Array();
  if (height === o.genesisHeight && bytes.length === 0) {
    throw new LogIncomplete(
      `the event log begins after height ${height}: this node joined by a snapshot`,
    );
  }
  const facts = decodeFacts(o.modules, bytes);
  const timeMs = readBlockTime(o.source, height);
  const context: Context = { chainId: '', height: toHeight(height), timeMs };
  const reader = o.target.head === undefined ? undefined : new HeadReader(o.target);
  const fold = (base: StateReader): Overlay => {
    const overlay = new Overlay(base);
    o.machine.on(overlay, context, new Meter(), () => {
      for (const { module, event } of facts) o.machine.apply(module, event);
    });
    if (bytes.length > 0) {
      const before = overlay.get('chain', eventLogHeadKey);
      overlay.set('chain', eventLogHeadKey, nextHead(before, bytes));
    }
    return overlay;
  };
  const overlay =
    reader === undefined ? fold(emptyState) : await settle(reader, () => fold(reader));
  const prepared = await o.target.prepare(overlay.changes());
  await o.target.commit(height, prepared, blockRecord(timeMs, bytes));
  return facts.length;
}

/**
 * Compares two stores at a height; undefined where they agree, or where the source has pruned it.
 */
export async function firstDifference(
  expected: Store,
  found: Store,
  height: bigint,
): Promise<Divergence | undefined> {
  if (height < (expected.oldest ?? 0n) || height > (expected.head?.height ?? 0n)) return undefined;
  const [theirs, ours] = await Promise.all([expected.at(height), found.at(height)]);
  if (Buffer.compare(theirs.appHash, ours.appHash) === 0) return undefined;
  const [before, after] = await Promise.all([theirs.moduleRoots(), ours.moduleRoots()]);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const module = names.find((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    return a === undefined || b === undefined || Buffer.compare(a, b) !== 0;
  });
  return { height, module, expected: theirs.appHash, found: ours.appHash };
}
