/**
 * What the node keeps of a block beside the state: its time and its facts. Not committed to the
 * tree.
 */
import { type TimeMs, timeMs } from '../../modules/_kernel/units.ts';
import type { AuxWrite, Store } from '../store/store.ts';

const space = 'block';
const timeKey: Uint8Array = Uint8Array.of(1);
const factsKey: Uint8Array = Uint8Array.of(2);

/** Written in the same batch as the block's state. */
export function blockRecord(time: TimeMs, facts: Uint8Array): readonly AuxWrite[] {
  const timeBytes = new Uint8Array(8);
  new DataView(timeBytes.buffer).setBigUint64(0, time);
  const timeRow = { space, key: timeKey, value: timeBytes };
  return facts.length === 0 ? [timeRow] : [timeRow, { space, key: factsKey, value: facts }];
}

/** Block time of a height that the store has; 0 where its record is gone. */
export function readBlockTime(store: Store, height: bigint): TimeMs {
  const bytes = store.getAux(space, height, timeKey);
  if (bytes === undefined) return timeMs(0n);
  return timeMs(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
}

/** Canonical bytes of a block's facts; undefined for a block without facts, or one not kept. */
export function readBlockFacts(store: Store, height: bigint): Uint8Array | undefined {
  return store.getAux(space, height, factsKey);
}
