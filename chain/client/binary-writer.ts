/**
 * Two repairs of the writer of cosmjs-types 0.11, for whoever encodes with it here.
 *
 * It writes 64-bit integers from 2^31 to 2^32 - 1 wrongly, since their low half counts as negative:
 * a voting power of 3,000,000,000, or a second of the year 2040.
 *
 * PERF: it takes a new slab of 8 KiB for every message that it finishes, which costs 2 us and keeps
 * the slab alive as long as the message. One array of the right size does.
 */
import { BinaryWriter } from 'cosmjs-types/binary';
import { int64Length, writeVarint64 } from 'cosmjs-types/varint';

BinaryWriter.alloc = (size: number): Uint8Array => new Uint8Array(size);

/** What the writer keeps to itself. */
interface Pushes {
  _push(
    write: typeof writeVarint64,
    length: number,
    value: { readonly lo: number; readonly hi: number },
  ): BinaryWriter;
}

function writeInt64(this: BinaryWriter, value: string | number | bigint): BinaryWriter {
  const bits = BigInt.asUintN(64, BigInt(value));
  const [lo, hi] = [Number(bits & 0xffff_ffffn), Number(bits >> 32n)];
  return (this as unknown as Pushes)._push(writeVarint64, int64Length(lo, hi), { lo, hi });
}

BinaryWriter.prototype.int64 = writeInt64;
BinaryWriter.prototype.uint64 = writeInt64;
