/**
 * What consensus knows between two blocks, and how a finished block changes it. Immutable values.
 */
import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';
import type { ResponseFinalizeBlock, ResponseInitChain } from 'cosmjs-types/tendermint/abci/types';
import type { BlockID, Header } from 'cosmjs-types/tendermint/types/types';
import { resultsHash } from '../client/hashing.ts';
import { type FullConsensusParams, type Genesis, updateParams } from './genesis-doc.ts';
import { changeValidators, newValidatorSet, rotate, type ValidatorSet } from './validator-set.ts';

export interface ChainState {
  readonly chainId: string;
  readonly initialHeight: bigint;
  /** One below the initial height before the first block. */
  readonly lastHeight: bigint;
  readonly lastBlockId: BlockID;
  /** The genesis time before the first block. */
  readonly lastBlockTime: Timestamp;
  /**
   * Of the last block, the next one, and the one after: an update takes effect two blocks later.
   */
  readonly lastValidators: ValidatorSet;
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
  /** For the next block. */
  readonly params: FullConsensusParams;
  readonly appVersion: bigint;
  /** After the last block; it goes into the next header, as the results hash does. */
  readonly appHash: Uint8Array;
  readonly lastResultsHash: Uint8Array;
}

export const noBlockId: BlockID = {
  hash: new Uint8Array(0),
  partSetHeader: { total: 0, hash: new Uint8Array(0) },
};

const noValidators: ValidatorSet = { validators: [], proposer: new Uint8Array(0) };

/**
 * @param appVersion what the application's `info` said, which stands until parameters name another.
 */
export function genesisState(
  genesis: Genesis,
  answer: ResponseInitChain,
  appVersion: bigint,
): ChainState {
  const updates = answer.validators.length > 0 ? answer.validators : genesis.validators;
  if (updates.length === 0) {
    throw new Error('validator set is nil in genesis and still empty after InitChain');
  }
  const validators = newValidatorSet(updates);
  const params = updateParams(genesis.params, answer.consensusParams);
  return {
    chainId: genesis.chainId,
    initialHeight: genesis.initialHeight,
    lastHeight: genesis.initialHeight - 1n,
    lastBlockId: noBlockId,
    lastBlockTime: genesis.time,
    lastValidators: noValidators,
    validators,
    nextValidators: rotate(validators),
    params,
    appVersion: answer.consensusParams === undefined ? appVersion : params.version.app,
    appHash: answer.appHash.length > 0 ? answer.appHash : genesis.appHash,
    lastResultsHash: resultsHash([]),
  };
}

export function nextState(
  state: ChainState,
  header: Header,
  id: BlockID,
  answer: ResponseFinalizeBlock,
): ChainState {
  const changed =
    answer.validatorUpdates.length > 0
      ? changeValidators(state.nextValidators, answer.validatorUpdates)
      : state.nextValidators;
  const params = updateParams(state.params, answer.consensusParamUpdates);
  return {
    ...state,
    lastHeight: header.height,
    lastBlockId: id,
    lastBlockTime: header.time,
    lastValidators: state.validators,
    validators: state.nextValidators,
    nextValidators: rotate(changed),
    params,
    appVersion: answer.consensusParamUpdates === undefined ? state.appVersion : params.version.app,
    appHash: answer.appHash,
    lastResultsHash: resultsHash(answer.txResults),
  };
}
