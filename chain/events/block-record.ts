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

/** A further part of the facts of a block that has too many for one row, as a genesis may. */
export function factsPart(part: number, facts: Uint8Array): AuxWrite {
  return { space, key: part === 0 ? factsKey : partKey(part), value: facts };
}

/** Canonical bytes of a block's facts; undefined for a block without facts, or one not kept. */
export function readBlockFacts(store: Store, height: bigint): Uint8Array | undefined {
  const first = store.getAux(space, height, factsKey);
  if (first === undefined) return undefined;
  const parts = [first];
  for (;;) {
    const next = store.getAux(space, height, partKey(parts.length));
    if (next === undefined) break;
    parts.push(next);
  }
  return parts.length === 1 ? first : new Uint8Array(Buffer.concat(parts));
}

function partKey(part: number): Uint8Array {
  const key = Buffer.alloc(5);
  key[0] = factsKey[0] ?? 0;
  key.writeUInt32BE(part, 1);
  return new Uint8Array(key);
}
