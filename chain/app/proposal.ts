/** What of a mempool fits into a block. */
import type { Chain } from './chain.ts';

/** The transactions in mempool order, within the block's gas and `maxBytes` of protobuf. */
export function fitting(
  chain: Chain,
  txs: readonly Uint8Array[],
  maxBytes: bigint,
): readonly Uint8Array[] {
  return withinGas(chain, withinBytes(txs, maxBytes));
}

/**
 * The longest head of the list within the limit: order is kept, so that sequences stay in order.
 */
function withinBytes(txs: readonly Uint8Array[], maxBytes: bigint): readonly Uint8Array[] {
  let size = 0n;
  const end = txs.findIndex((tx) => {
    size += BigInt(protoSize(tx.length));
    return size > maxBytes;
  });
  return end === -1 ? txs : txs.slice(0, end);
}

function withinGas(chain: Chain, txs: readonly Uint8Array[]): readonly Uint8Array[] {
  if (chain.maxGas === 0n) return txs;
  let gas = 0n;
  const end = txs.findIndex((tx) => {
    gas += chain.transactions.gasLimitOf(tx);
    return gas > chain.maxGas;
  });
  return end === -1 ? txs : txs.slice(0, end);
}

/** Bytes of a transaction as an element of a repeated protobuf field: tag, length, content. */
function protoSize(length: number): number {
  let varint = 1;
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) varint += 1;
  return 1 + varint + length;
}
