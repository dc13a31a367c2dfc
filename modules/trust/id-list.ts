/**
 * The other ends of a collective's edges as one value: ascending, each as its distance to the one
 * before in LEB128. A search costs one read a collective, and equal sets have equal bytes.
 */
import { assert } from '../_kernel/assert.ts';
import type { ValueCodec } from '../_kernel/tables.ts';
import { type CollectiveId, collectiveId } from './types.ts';

/**
 * Collective ids as numbers, which are exact to 2^53: ids are numbered one by one.
 * PERF: a search in numbers takes a fifth of one in bigints.
 */
export type IdList = readonly number[];

export const idList: ValueCodec<IdList> = {
  encode(ids) {
    const bytes: number[] = [];
    let last = 0;
    for (const id of ids) {
      let rest = id - last;
      if (rest <= 0 || !Number.isSafeInteger(id)) assert(false, `id ${id} after ${last}`);
      last = id;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
      bytes.push(rest);
    }
    return Uint8Array.from(bytes);
  },
  decode(bytes) {
    const ids: number[] = [];
    let last = 0;
    let scale = 1;
    // PERF: by index, not by iterator: this loop is half of a search.
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      last += (byte % 128) * scale;
      scale *= 128;
      if (byte >= 128) continue;
      ids.push(last);
      scale = 1;
    }
    return ids;
  },
};

/** The ids of a list, ascending. */
export function idsOf(list: IdList): readonly CollectiveId[] {
  return list.map((id) => collectiveId(BigInt(id)));
}

/** The list with one id more, still ascending. */
export function including(list: IdList, id: CollectiveId): IdList {
  const index = list.findIndex((other) => other > id);
  return index === -1 ? [...list, Number(id)] : list.toSpliced(index, 0, Number(id));
}

export function without(list: IdList, id: CollectiveId): IdList {
  return list.filter((other) => other !== Number(id));
}
