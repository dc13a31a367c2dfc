/**
 * The other ends of a collective's edges as one value: ascending, each the distance to the one before
 * in LEB128. A search then costs one read a collective, and equal sets have equal bytes.
 */
import { assert } from '../_kernel/assert.ts';
import type { ValueCodec } from '../_kernel/tables.ts';
import { type CollectiveId, collectiveId } from './types.ts';

export type IdList = readonly CollectiveId[];

/** PERF: decoding counts in numbers, which are exact to 2^53: ids are numbered one by one. */
export const idList: ValueCodec<IdList> = {
  encode(ids) {
    const bytes: number[] = [];
    let last = 0;
    for (const id of ids) {
      let rest = Number(id) - last;
      assert(rest > 0 && Number.isSafeInteger(rest), `id ${id} after ${last}`);
      last += rest;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
      bytes.push(rest);
    }
    return Uint8Array.from(bytes);
  },
  decode(bytes) {
    const ids: CollectiveId[] = [];
    let [last, scale] = [0, 1];
    for (const byte of bytes) {
      last += (byte % 128) * scale;
      scale *= 128;
      if (byte >= 128) continue;
      ids.push(collectiveId(BigInt(last)));
      scale = 1;
    }
    return ids;
  },
};

/** The list with one id more, still ascending. */
export function including(ids: IdList, id: CollectiveId): IdList {
  const index = ids.findIndex((other) => other > id);
  return index === -1 ? [...ids, id] : ids.toSpliced(index, 0, id);
}

export function without(ids: IdList, id: CollectiveId): IdList {
  return ids.filter((other) => other !== id);
}
