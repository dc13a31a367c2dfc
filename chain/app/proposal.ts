/** PrepareProposal: the transactions, in mempool order, that ProcessProposal will accept. */
import type { HeadReader } from '../store/overlay.ts';
import type { BlockInput } from './block.ts';
import type { Chain } from './chain.ts';

/**
 * Executes the transactions as the block would and leaves out what is not admissible, and what does
 * not fit into `maxBytes` (protobuf overhead included) or the block's gas. What is left out had no
 * effect, so the rest would be executed alike without it. The work is discarded: ProcessProposal
 * does it again, on every node.
 */
export async function selectTransactions(o: {
  readonly chain: Chain;
  readonly head: HeadReader;
  readonly input: BlockInput;
  readonly maxBytes: bigint;
}): Promise<readonly Uint8Array[]> {
  const txs = withinGas(o.chain, withinBytes(o.input.txs, o.maxBytes));
  const { inadmissible } = await o.chain.executor.execute(o.head, { ...o.input, txs });
  const left = new Set(inadmissible.map(({ index }) => index));
  return txs.filter((_, index) => !left.has(index));
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
