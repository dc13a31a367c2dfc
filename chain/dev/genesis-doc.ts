/** The genesis document in CometBFT's JSON, and the consensus parameters as they stand in it. */
import { fromBase64, fromHex } from '@cosmjs/encoding';
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import type { RequestInitChain, ValidatorUpdate } from 'cosmjs-types/tendermint/abci/types';
import type { ConsensusParams } from 'cosmjs-types/tendermint/types/params';
import { parseTime } from '../client/header.ts';

/** genesis.json. Left-out parts take CometBFT's defaults; integers are strings. */
export interface GenesisDoc {
  readonly genesis_time: string;
  readonly chain_id: string;
  readonly initial_height?: string;
  readonly consensus_params?: ConsensusParamsJson;
  readonly validators?: readonly GenesisValidator[];
  readonly app_hash?: string;
  readonly app_state?: unknown;
}

export interface GenesisValidator {
  readonly address?: string;
  readonly pub_key: { readonly type: string; readonly value: string };
  readonly power: string;
  readonly name?: string;
}

export interface ConsensusParamsJson {
  readonly block?: { readonly max_bytes: string; readonly max_gas: string };
  readonly evidence?: {
    readonly max_age_num_blocks: string;
    readonly max_age_duration: string;
    readonly max_bytes?: string;
  };
  readonly validator?: { readonly pub_key_types: readonly string[] };
  readonly version?: { readonly app?: string };
  readonly abci?: { readonly vote_extensions_enable_height?: string };
}

/** All five groups present, as a chain keeps them. */
export type FullConsensusParams = Required<ConsensusParams>;

/** What a genesis document says, read. */
export interface Genesis {
  readonly doc: GenesisDoc;
  readonly chainId: string;
  readonly time: Timestamp;
  readonly initialHeight: bigint;
  readonly params: FullConsensusParams;
  readonly validators: readonly ValidatorUpdate[];
  readonly appHash: Uint8Array;
}

/** @throws Error naming the field that is wrong. */
export function readGenesis(doc: GenesisDoc): Genesis {
  if (typeof doc.chain_id !== 'string' || doc.chain_id === '' || doc.chain_id.length > 50) {
    throw new Error(`genesis chain_id is ${doc.chain_id}, expected 1 to 50 characters`);
  }
  const initialHeight = BigInt(doc.initial_height ?? '1');
  return {
    doc,
    chainId: doc.chain_id,
    time: parseTime(doc.genesis_time),
    initialHeight: initialHeight === 0n ? 1n : initialHeight,
    params: readParams(doc.consensus_params ?? {}),
    validators: (doc.validators ?? []).map(readValidator),
    appHash: fromHex(doc.app_hash ?? ''),
  };
}

/** The request that begins the chain; `app_state` goes in as JSON without insignificant space. */
export function initChainRequest(genesis: Genesis): RequestInitChain {
  return {
    time: genesis.time,
    chainId: genesis.chainId,
    consensusParams: genesis.params,
    validators: [...genesis.validators],
    appStateBytes:
      genesis.doc.app_state === undefined
        ? new Uint8Array(0)
        : new TextEncoder().encode(JSON.stringify(genesis.doc.app_state)),
    initialHeight: genesis.initialHeight,
  };
}

/** The document as the RPC method `genesis` prints it: defaults filled in, addresses added. */
export function completeGenesisDoc(genesis: Genesis, addresses: readonly string[]): GenesisDoc {
  return {
    genesis_time: genesis.doc.genesis_time,
    chain_id: genesis.chainId,
    initial_height: String(genesis.initialHeight),
    consensus_params: printParams(genesis.params),
    ...(genesis.validators.length > 0 && {
      validators: (genesis.doc.validators ?? []).map((one, index) => ({
        address: addresses[index] ?? '',
        pub_key: one.pub_key,
        power: one.power,
        name: one.name ?? '',
      })),
    }),
    app_hash: (genesis.doc.app_hash ?? '').toUpperCase(),
    ...(genesis.doc.app_state !== undefined && { app_state: genesis.doc.app_state }),
  };
}

function readValidator({ pub_key: key, power }: GenesisValidator): ValidatorUpdate {
  if (key.type !== 'tendermint/PubKeyEd25519') {
    throw new Error(`genesis validator key type is ${key.type}, expected tendermint/PubKeyEd25519`);
  }
  if (BigInt(power) <= 0n)
    throw new Error(`genesis validator power is ${power}, expected 1 or more`);
  return { pubKey: { ed25519: fromBase64(key.value) }, power: BigInt(power) };
}

const nanosPerSecond = 1_000_000_000n;

/** CometBFT 0.38's defaults where a group is left out. */
function readParams(json: ConsensusParamsJson): FullConsensusParams {
  const age = BigInt(json.evidence?.max_age_duration ?? 172_800n * nanosPerSecond);
  return {
    block: {
      maxBytes: BigInt(json.block?.max_bytes ?? 22_020_096),
      maxGas: BigInt(json.block?.max_gas ?? -1),
    },
    evidence: {
      maxAgeNumBlocks: BigInt(json.evidence?.max_age_num_blocks ?? 100_000),
      maxAgeDuration: { seconds: age / nanosPerSecond, nanos: Number(age % nanosPerSecond) },
      maxBytes: BigInt(json.evidence?.max_bytes ?? 1_048_576),
    },
    validator: { pubKeyTypes: [...(json.validator?.pub_key_types ?? ['ed25519'])] },
    version: { app: BigInt(json.version?.app ?? 0) },
    abci: {
      voteExtensionsEnableHeight: BigInt(json.abci?.vote_extensions_enable_height ?? 0),
    },
  };
}

export function printParams(params: FullConsensusParams): ConsensusParamsJson {
  const { block, evidence, validator, version, abci } = params;
  const age =
    evidence.maxAgeDuration.seconds * nanosPerSecond + BigInt(evidence.maxAgeDuration.nanos);
  return {
    block: { max_bytes: String(block.maxBytes), max_gas: String(block.maxGas) },
    evidence: {
      max_age_num_blocks: String(evidence.maxAgeNumBlocks),
      max_age_duration: String(age),
      max_bytes: String(evidence.maxBytes),
    },
    validator: { pub_key_types: validator.pubKeyTypes },
    version: { app: String(version.app) },
    abci: { vote_extensions_enable_height: String(abci.voteExtensionsEnableHeight) },
  };
}

/** The groups that an application changed replace the old ones whole. */
export function updateParams(
  params: FullConsensusParams,
  updates: ConsensusParams | undefined,
): FullConsensusParams {
  const changed: FullConsensusParams = {
    block: updates?.block ?? params.block,
    evidence: updates?.evidence ?? params.evidence,
    validator: updates?.validator ?? params.validator,
    version: updates?.version ?? params.version,
    abci: updates?.abci ?? params.abci,
  };
  const { maxBytes, maxGas } = changed.block;
  if (maxBytes === 0n || maxBytes < -1n || maxBytes > 104_857_600n) {
    throw new Error(`block.MaxBytes is ${maxBytes}, expected -1 or 1 to 104857600`);
  }
  if (maxGas < -1n) throw new Error(`block.MaxGas must be greater or equal to -1. Got ${maxGas}`);
  if (changed.evidence.maxAgeNumBlocks <= 0n) {
    throw new Error(
      `evidence.MaxAgeNumBlocks must be greater than 0. Got ${changed.evidence.maxAgeNumBlocks}`,
    );
  }
  return changed;
}
