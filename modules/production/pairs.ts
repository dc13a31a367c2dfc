/**
 * Workloads that were taken back, some to a row. PERF: a revision reads all of them, ten thousand
 * in a large component, so a row is plain bytes: a tenth of the time of a record each.
 */
import { u64, type ValueCodec } from '../_kernel/tables.ts';
import { workMs } from '../_kernel/units.ts';
import type { StornoPair, WorkloadId } from './types.ts';

/** So many pairs stand in a row at most; a storno writes the last row anew. */
export const pairsInRow = 16n;

const pairBytes = 32;

/** In the order in which they were taken back, four numbers of eight bytes each; never empty. */
export const pairsRow: ValueCodec<readonly StornoPair[]> = {
  encode(pairs) {
    const bytes = new Uint8Array(pairs.length * pairBytes);
    pairs.forEach(({ beforeMs, amountMs, totalMs, workload }, index) => {
      [beforeMs, amountMs, totalMs, workload].forEach((number, place) => {
        bytes.set(u64.encode(number), index * pairBytes + place * 8);
      });
    });
    return bytes;
  },
  decode(bytes) {
    const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const pairs: StornoPair[] = [];
    for (let at = 0; at < bytes.length; at += pairBytes) {
      pairs.push({
        beforeMs: workMs(numbers.getBigUint64(at)),
        amountMs: workMs(numbers.getBigUint64(at + 8)),
        totalMs: workMs(numbers.getBigUint64(at + 16)),
        workload: numbers.getBigUint64(at + 24) as WorkloadId,
      });
    }
    return pairs;
  },
};
