/**
 * The RPC methods of CometBFT 0.38 that read a chain, in CometBFT's words down to the error texts.
 */

import { consensusAddress } from '../../client/hashing.ts';
import { infoRequest } from '../chain-runner.ts';
import type { Engine } from '../engine.ts';
import type { ChainFeed } from '../feed.ts';
import { completeGenesisDoc, printParams } from '../genesis-doc.ts';
import { formatTime } from '../time.ts';
import { findValidator } from '../validator-set.ts';
import {
  base64,
  blockAndIdJson,
  blockMetaJson,
  blockResultsJson,
  commitJson,
  headerJson,
  hex,
  type Json,
  publicKeyJson,
  queryJson,
  validatorJson,
} from './json.ts';
import type { Arguments, ParamSpec } from './params.ts';

/** What a method works on. */
export interface RpcContext {
  readonly engine: Engine;
  readonly feed: ChainFeed;
  /** `tcp://host:port` of this server. */
  readonly rpcAddress: string;
}

export interface RpcMethod {
  readonly params: ParamSpec;
  /** An error that is thrown is answered with code -32603 and its message. */
  readonly call: (context: RpcContext, args: Arguments) => Json | Promise<Json>;
}

export type RpcMethods = Readonly<Record<string, RpcMethod>>;

const atHeight: ParamSpec = { height: 'integer' };
const genesisChunkBytes = 16 * 1024 * 1024;
const maxHeadersAtOnce = 20n;
const noBlock: Json = { block_id: { hash: '', parts: { total: 0, hash: '' } }, block: null };

export const chainMethods: RpcMethods = {
  health: { params: {}, call: () => ({}) },
  status: { params: {}, call: status },
  net_info: {
    params: {},
    call: () => ({ listening: true, listeners: ['Listener(@)'], n_peers: '0', peers: [] }),
  },
  genesis: { params: {}, call: genesis },
  genesis_chunked: { params: { chunk: 'integer' }, call: genesisChunk },
  blockchain: { params: { minHeight: 'integer', maxHeight: 'integer' }, call: blockchain },
  block: { params: atHeight, call: (context, args) => blockAndIdJson(recordAt(context, args)) },
  block_by_hash: {
    params: { hash: 'bytes' },
    call: ({ engine }, args) => {
      const record = engine.blocks.byHash(args.bytes('hash'));
      return record === undefined ? noBlock : blockAndIdJson(record);
    },
  },
  header: {
    params: atHeight,
    call: (context, args) => ({ header: headerJson(recordAt(context, args).block.header) }),
  },
  header_by_hash: {
    params: { hash: 'hex' },
    call: ({ engine }, args) => {
      const record = engine.blocks.byHash(args.bytes('hash'));
      return { header: record === undefined ? null : headerJson(record.block.header) };
    },
  },
  commit: {
    params: atHeight,
    call: (context, args) => {
      const record = recordAt(context, args);
      const { commit, canonical } = context.engine.commitOf(record);
      return {
        signed_header: { header: headerJson(record.block.header), commit: commitJson(commit) },
        canonical,
      };
    },
  },
  block_results: {
    params: atHeight,
    call: (context, args) => blockResultsJson(recordAt(context, args)),
  },
  validators: {
    params: { height: 'integer', page: 'integer', per_page: 'integer' },
    call: validators,
  },
  consensus_params: {
    params: atHeight,
    call: (context, args) => {
      const height = wantedHeight(context, args, context.engine.state.lastHeight + 1n);
      const params = context.engine.blocks.at(height)?.before.params ?? context.engine.state.params;
      return { block_height: String(height), consensus_params: { ...printParams(params) } as Json };
    },
  },
  abci_info: { params: {}, call: abciInfo },
  abci_query: {
    params: { path: 'string', data: 'hex', height: 'integer', prove: 'boolean' },
    call: async ({ engine }, args) => {
      const answer = await engine.app.query({
        path: args.text('path'),
        data: args.bytes('data'),
        height: args.integer('height') ?? 0n,
        prove: args.flag('prove'),
      });
      return { response: queryJson(answer) };
    },
  },
};

function status({ engine, rpcAddress }: RpcContext): Json {
  const { state, blocks, signer } = engine;
  const facts = (record: typeof blocks.first): [string, string, string, string] =>
    record === undefined
      ? ['', '', '0', '1970-01-01T00:00:00Z']
      : [
          hex(record.blockId.hash),
          hex(record.block.header.appHash),
          String(record.block.header.height),
          formatTime(record.block.header.time),
        ];
  const [latestHash, latestAppHash, latestHeight, latestTime] = facts(blocks.last);
  const [earliestHash, earliestAppHash, earliestHeight, earliestTime] = facts(blocks.first);
  const power = findValidator(state.validators, signer.address)?.validator.power ?? 0n;
  return {
    node_info: {
      protocol_version: { p2p: '8', block: '11', app: String(state.appVersion) },
      id: hex(consensusAddress(signer.publicKey)).toLowerCase(),
      listen_addr: 'tcp://127.0.0.1:0',
      network: state.chainId,
      version: '0.38.25',
      channels: '40202122233038606100',
      moniker: 'artel-dev',
      other: { tx_index: 'on', rpc_address: rpcAddress },
    },
    sync_info: {
      latest_block_hash: latestHash,
      latest_app_hash: latestAppHash,
      latest_block_height: latestHeight,
      latest_block_time: latestTime,
      earliest_block_hash: earliestHash,
      earliest_app_hash: earliestAppHash,
      earliest_block_height: earliestHeight,
      earliest_block_time: earliestTime,
      catching_up: false,
    },
    validator_info: {
      address: hex(signer.address),
      pub_key: publicKeyJson(signer.publicKey),
      voting_power: String(power),
    },
  };
}

function genesisJson({ engine }: RpcContext): Json {
  const addresses = engine.genesis.validators.map(({ pubKey }) =>
    hex(consensusAddress(pubKey.ed25519 ?? new Uint8Array(0))),
  );
  return completeGenesisDoc(engine.genesis, addresses) as unknown as Json;
}

function genesis(context: RpcContext): Json {
  const doc = genesisJson(context);
  if (JSON.stringify(doc).length > genesisChunkBytes) {
    throw new Error('genesis response is large, please use the genesis_chunked API instead');
  }
  return { genesis: doc };
}

function genesisChunk(context: RpcContext, args: Arguments): Json {
  const bytes = Buffer.from(JSON.stringify(genesisJson(context)));
  const total = Math.ceil(bytes.length / genesisChunkBytes);
  const chunk = Number(args.integer('chunk') ?? 0n);
  if (chunk > total - 1) throw new Error(`there are ${total - 1} chunks, ${chunk} is invalid`);
  const from = chunk * genesisChunkBytes;
  return {
    chunk: String(chunk),
    total: String(total),
    data: bytes.subarray(from, from + genesisChunkBytes).toString('base64'),
  };
}

function blockchain({ engine }: RpcContext, args: Arguments): Json {
  const last = engine.state.lastHeight;
  const wanted = { min: args.integer('minHeight') ?? 0n, max: args.integer('maxHeight') ?? 0n };
  if (wanted.min < 0n || wanted.max < 0n) throw new Error('heights must be non-negative');
  const max = wanted.max === 0n || wanted.max > last ? last : wanted.max;
  const lowest = engine.state.initialHeight;
  let min = wanted.min < lowest ? lowest : wanted.min;
  if (min < max - maxHeadersAtOnce + 1n) min = max - maxHeadersAtOnce + 1n;
  if (min > max) throw new Error(`min height ${min} can't be greater than max height ${max}`);
  const metas: Json[] = [];
  for (let height = max; height >= min; height--) {
    const record = engine.blocks.at(height);
    if (record !== undefined) metas.push(blockMetaJson(record));
  }
  return { last_height: String(last), block_metas: metas };
}

function validators(context: RpcContext, args: Arguments): Json {
  const { state, blocks } = context.engine;
  const height = wantedHeight(context, args, state.lastHeight + 1n);
  const set = blocks.at(height)?.before.validators ?? state.validators;
  const page = pageOf(set.validators, args);
  return {
    block_height: String(height),
    validators: page.map(validatorJson),
    count: String(page.length),
    total: String(set.validators.length),
  };
}

async function abciInfo({ engine }: RpcContext): Promise<Json> {
  const info = await engine.app.info(infoRequest);
  const hash = base64(info.lastBlockAppHash);
  return {
    response: {
      ...(info.data !== '' && { data: info.data }),
      ...(info.version !== '' && { version: info.version }),
      ...(info.appVersion !== 0n && { app_version: String(info.appVersion) }),
      ...(info.lastBlockHeight !== 0n && { last_block_height: String(info.lastBlockHeight) }),
      ...(hash !== null && { last_block_app_hash: hash }),
    },
  };
}

function recordAt(context: RpcContext, args: Arguments): NonNullable<Engine['blocks']['last']> {
  const height = wantedHeight(context, args, context.engine.state.lastHeight);
  const record = context.engine.blocks.at(height);
  if (record === undefined) throw new Error(`no block at height ${height}`);
  return record;
}

function wantedHeight({ engine }: RpcContext, args: Arguments, latest: bigint): bigint {
  const height = args.integer('height');
  if (height === undefined) return latest;
  if (height <= 0n) throw new Error(`height must be greater than 0, but got ${height}`);
  if (height > latest) {
    throw new Error(
      `height ${height} must be less than or equal to the current blockchain height ${latest}`,
    );
  }
  const lowest = engine.state.initialHeight;
  if (height < lowest) {
    throw new Error(`height ${height} is not available, lowest height is ${lowest}`);
  }
  return height;
}

const defaultPerPage = 30;
const maxPerPage = 100;

/** The page that `page` and `per_page` name: the first of 30 by default, at most 100 an answer. */
export function pageOf<T>(all: readonly T[], args: Arguments): readonly T[] {
  const wanted = Number(args.integer('per_page') ?? BigInt(defaultPerPage));
  const perPage = wanted < 1 ? defaultPerPage : Math.min(wanted, maxPerPage);
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const page = Number(args.integer('page') ?? 1n);
  if (page < 1 || page > pages) {
    throw new Error(`page should be within [1, ${pages}] range, given ${page}`);
  }
  return all.slice((page - 1) * perPage, page * perPage);
}
