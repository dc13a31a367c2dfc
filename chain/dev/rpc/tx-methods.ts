/**
 * The RPC methods of CometBFT 0.38 about transactions: sending them, finding them, the mempool,
 * evidence.
 */
import { fromBase64, fromHex } from '@cosmjs/encoding';
import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import type { DuplicateVoteEvidence } from 'cosmjs-types/tendermint/types/evidence';
import type { Vote } from 'cosmjs-types/tendermint/types/types';
import { merkleProof, txHash } from '../../client/hashing.ts';
import { parseBlockId, parseTime } from '../../client/header.ts';
import { type Condition, parseQuery } from '../event-query.ts';
import type { IncludedTx } from '../feed.ts';
import { evidenceHashOf, verifyDuplicateVote } from '../misbehaviour.ts';
import {
  base64,
  blockAndIdJson,
  hex,
  type Json,
  type JsonObject,
  noResultJson,
  resultJson,
  txProofJson,
} from './json.ts';
import { pageOf, type RpcContext, type RpcMethods } from './methods.ts';
import { type Arguments, readHex } from './params.ts';

/** How long `broadcast_tx_commit` waits for a block. */
const commitTimeoutMs = 10_000;
const maxQueryLength = 512;

export const txMethods: RpcMethods = {
  broadcast_tx_sync: { params: { tx: 'bytes' }, call: broadcastSync },
  broadcast_tx_async: {
    params: { tx: 'bytes' },
    call: ({ engine }, args) => {
      const tx = args.bytes('tx');
      engine.submitUnwatched(tx);
      return { code: 0, data: '', log: '', codespace: '', hash: hex(txHash(tx)) };
    },
  },
  broadcast_tx_commit: { params: { tx: 'bytes' }, call: broadcastCommit },
  check_tx: {
    params: { tx: 'bytes' },
    call: async ({ engine }, args) =>
      resultJson(await engine.app.checkTx({ tx: args.bytes('tx'), type: CheckTxType.NEW })),
  },
  unconfirmed_txs: {
    params: { limit: 'integer' },
    call: ({ engine: { mempool } }, args) => {
      const limit = Number(args.integer('limit') ?? 30n);
      const txs = mempool.list(limit < 1 ? 30 : Math.min(limit, 100));
      return {
        n_txs: String(txs.length),
        total: String(mempool.size),
        total_bytes: String(mempool.bytes),
        txs: txs.map(base64),
      };
    },
  },
  num_unconfirmed_txs: {
    params: {},
    call: ({ engine: { mempool } }) => ({
      n_txs: String(mempool.size),
      total: String(mempool.size),
      total_bytes: String(mempool.bytes),
      txs: null,
    }),
  },
  tx: {
    params: { hash: 'bytes', prove: 'boolean' },
    call: (context, args) => {
      const hash = args.bytes('hash');
      if (hash.length === 0) throw new Error('transaction hash cannot be empty');
      const found = context.feed.findTx(hash);
      if (found === undefined) throw new Error(`tx (${hex(hash)}) not found`);
      return includedJson(context, found, args.flag('prove'));
    },
  },
  tx_search: {
    params: {
      query: 'string',
      prove: 'boolean',
      page: 'integer',
      per_page: 'integer',
      order_by: 'string',
    },
    call: searchTxs,
  },
  block_search: {
    params: { query: 'string', page: 'integer', per_page: 'integer', order_by: 'string' },
    call: ({ feed }, args) => {
      const found = feed.searchBlocks(readQuery(args));
      const page = pageOf(inOrder(found, args, 'desc'), args);
      return { blocks: page.map(blockAndIdJson), total_count: String(found.length) };
    },
  },
  broadcast_evidence: { params: { evidence: 'json' }, call: broadcastEvidence },
};

async function broadcastSync({ engine }: RpcContext, args: Arguments): Promise<Json> {
  const tx = args.bytes('tx');
  const { code, data, log, codespace } = await engine.submit(tx);
  return { code, data: hex(data), log, codespace, hash: hex(txHash(tx)) };
}

async function broadcastCommit(context: RpcContext, args: Arguments): Promise<Json> {
  const { engine, feed } = context;
  const tx = args.bytes('tx');
  const hash = txHash(tx);
  const from = engine.state.lastHeight;
  const checked = await engine.submit(tx).catch((error: Error) => {
    throw new Error(`error on broadcastTxCommit: ${error.message}`);
  });
  const answer = { check_tx: resultJson(checked), hash: hex(hash) };
  if (checked.code !== 0) return { ...answer, tx_result: noResultJson, height: '0' };
  const included = (): IncludedTx | undefined => {
    const found = feed.findTx(hash);
    return found !== undefined && found.height > from ? found : undefined;
  };
  if (included() === undefined) {
    await engine.waitForBlock(() => included() !== undefined, commitTimeoutMs);
  }
  const found = included();
  if (found === undefined) throw new Error('timed out waiting for tx to be included in a block');
  return { ...answer, tx_result: resultJson(found.result), height: String(found.height) };
}

function searchTxs(context: RpcContext, args: Arguments): Json {
  const conditions = readQuery(args);
  const byHash = conditions.find(({ tag }) => tag === 'tx.hash');
  const found =
    byHash === undefined ? context.feed.searchTxs(conditions) : withHash(context, byHash);
  const page = pageOf(inOrder(found, args, 'asc'), args);
  return {
    txs: page.map((one) => includedJson(context, one, args.flag('prove'))),
    total_count: String(found.length),
  };
}

/** As CometBFT: a condition on the hash answers the query whatever else it says. */
function withHash({ feed }: RpcContext, { argument }: Condition): IncludedTx[] {
  try {
    const found = feed.findTx(readHex(argument?.text ?? ''));
    return found === undefined ? [] : [found];
  } catch (error) {
    throw new Error(
      `error during searching for a hash in the query: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function readQuery(args: Arguments): readonly Condition[] {
  const query = args.text('query');
  if (query.length > maxQueryLength) throw new Error('maximum query length exceeded');
  return parseQuery(query);
}

function inOrder<T>(found: readonly T[], args: Arguments, usual: 'asc' | 'desc'): readonly T[] {
  const order = args.text('order_by') || usual;
  if (order === 'asc') return found;
  if (order === 'desc') return found.toReversed();
  throw new Error('expected order_by to be either `asc` or `desc` or empty');
}

function includedJson({ engine }: RpcContext, one: IncludedTx, prove: boolean): JsonObject {
  const block = engine.blocks.at(one.height)?.block;
  return {
    hash: hex(one.hash),
    height: String(one.height),
    index: one.index,
    tx_result: resultJson(one.result),
    tx: base64(one.tx),
    ...(prove &&
      block !== undefined && {
        proof: txProofJson(
          block.header.dataHash,
          one.tx,
          merkleProof(block.data.txs.map(txHash), one.index),
        ),
      }),
  };
}

function broadcastEvidence({ engine }: RpcContext, args: Arguments): Json {
  const given = args.json('evidence') as { type?: unknown; value?: unknown } | undefined;
  if (given === undefined) throw new Error('no evidence was provided');
  if (given.type !== 'tendermint/DuplicateVoteEvidence') {
    throw new Error(
      `evidence of type ${String(given.type)}: this chain takes tendermint/DuplicateVoteEvidence here`,
    );
  }
  const vote = readDuplicateVote(given.value);
  const evidence = { duplicateVoteEvidence: vote };
  try {
    verifyDuplicateVote(vote, engine.scene(vote.voteA?.height ?? 0n));
  } catch (error) {
    throw new Error(
      `failed to add evidence: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  engine.takeEvidence(evidence);
  return { hash: base64(evidenceHashOf(evidence)) };
}

/** @throws Error where a field is missing or malformed. */
function readDuplicateVote(value: unknown): DuplicateVoteEvidence {
  try {
    const given = value as Record<string, string>;
    return {
      voteA: readVote(given.vote_a),
      voteB: readVote(given.vote_b),
      totalVotingPower: BigInt(given.TotalVotingPower ?? ''),
      validatorPower: BigInt(given.ValidatorPower ?? ''),
      timestamp: parseTime(given.Timestamp ?? ''),
    };
  } catch (error) {
    throw new Error(
      `the evidence can't be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function readVote(value: unknown): Vote {
  const given = value as Record<string, string> & { type: number; round: number };
  return {
    type: given.type,
    height: BigInt(given.height ?? ''),
    round: given.round,
    blockId: parseBlockId(given.block_id),
    timestamp: parseTime(given.timestamp ?? ''),
    validatorAddress: fromHex(given.validator_address ?? ''),
    validatorIndex: Number(given.validator_index),
    signature: fromBase64(given.signature ?? ''),
    extension: new Uint8Array(0),
    extensionSignature: new Uint8Array(0),
  };
}
