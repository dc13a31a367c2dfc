/**
 * The ABCI 2.0 application as the engines see it: CometBFT's socket server (`server.ts`) and the
 * embedded engine (`chain/dev`) drive the same object. Types are `tendermint.abci` of CometBFT
 * 0.38.
 */
import type * as abci from 'cosmjs-types/tendermint/abci/types';

/**
 * One method an ABCI call. A rejected promise is a defect: engines answer `exception` (fatal for
 * CometBFT) only for `initChain`, `finalizeBlock` and `commit`; elsewhere the application itself
 * turns a defect into a refusal.
 */
export interface Application {
  info(request: abci.RequestInfo): Promise<abci.ResponseInfo>;
  initChain(request: abci.RequestInitChain): Promise<abci.ResponseInitChain>;
  query(request: abci.RequestQuery): Promise<abci.ResponseQuery>;
  checkTx(request: abci.RequestCheckTx): Promise<abci.ResponseCheckTx>;
  prepareProposal(request: abci.RequestPrepareProposal): Promise<abci.ResponsePrepareProposal>;
  processProposal(request: abci.RequestProcessProposal): Promise<abci.ResponseProcessProposal>;
  extendVote(request: abci.RequestExtendVote): Promise<abci.ResponseExtendVote>;
  verifyVoteExtension(
    request: abci.RequestVerifyVoteExtension,
  ): Promise<abci.ResponseVerifyVoteExtension>;
  finalizeBlock(request: abci.RequestFinalizeBlock): Promise<abci.ResponseFinalizeBlock>;
  commit(request: abci.RequestCommit): Promise<abci.ResponseCommit>;
  listSnapshots(request: abci.RequestListSnapshots): Promise<abci.ResponseListSnapshots>;
  offerSnapshot(request: abci.RequestOfferSnapshot): Promise<abci.ResponseOfferSnapshot>;
  loadSnapshotChunk(
    request: abci.RequestLoadSnapshotChunk,
  ): Promise<abci.ResponseLoadSnapshotChunk>;
  applySnapshotChunk(
    request: abci.RequestApplySnapshotChunk,
  ): Promise<abci.ResponseApplySnapshotChunk>;
  /** Called when CometBFT opens new connections: candidate blocks not yet committed are void. */
  connectionsReset(): void;
}
