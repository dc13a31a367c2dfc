/**
 * Keeps a defect that gossip or a query can bring from stopping the node: such calls answer a
 * refusal instead (architecture 6). Defects in the calls that make blocks pass through, and so does
 * whatever means that the process itself can't be trusted any more.
 */
import {
  ResponseApplySnapshotChunk_Result,
  ResponseCheckTx,
  ResponseOfferSnapshot_Result,
  ResponseProcessProposal_ProposalStatus,
  ResponseQuery,
  ResponseVerifyVoteExtension_VerifyStatus,
} from 'cosmjs-types/tendermint/abci/types';
import type { Logger } from 'pino';
import type { Application } from './application.ts';

/** What a wallet sees of a defect; the log of the node has the rest. */
const refusal = { codespace: 'sdk', code: 1, log: 'internal error of the node; see its log' };

/** True for errors after which no result of this process counts: memory or stack ran out. */
export function mustStop(error: unknown): boolean {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return true;
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && code.startsWith('ERR_WORKER_');
}

/**
 * The application, with defects answered: CheckTx and Query refuse with `sdk` code 1,
 * ProcessProposal and votes are REJECTed, PrepareProposal proposes nothing, snapshots are absent or
 * aborted. A rejected promise is left only where the node has to stop.
 */
export function withBarrier(application: Application, logger: Logger): Application {
  const guard = async <Res>(
    call: string,
    detail: () => Record<string, unknown>,
    run: () => Promise<Res>,
    otherwise: () => Res,
  ): Promise<Res> => {
    try {
      return await run();
    } catch (error) {
      if (mustStop(error)) throw error;
      logger.error({ err: error, call, ...detail() }, 'defect in the application; refused');
      return otherwise();
    }
  };
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return {
    info: (request) => application.info(request),
    initChain: (request) => application.initChain(request),
    finalizeBlock: (request) => application.finalizeBlock(request),
    commit: (request) => application.commit(request),
    connectionsReset: () => application.connectionsReset(),
    query: (request) =>
      guard(
        'query',
        () => ({ path: request.path, data: hex(request.data.subarray(0, 1024)) }),
        () => application.query(request),
        () => ResponseQuery.fromPartial({ ...refusal, height: request.height }),
      ),
    checkTx: (request) =>
      guard(
        'checkTx',
        () => ({ tx: hex(request.tx) }),
        () => application.checkTx(request),
        () => ResponseCheckTx.fromPartial(refusal),
      ),
    prepareProposal: (request) =>
      guard(
        'prepareProposal',
        () => ({ height: request.height, txs: request.txs.map(hex) }),
        () => application.prepareProposal(request),
        () => ({ txs: [] }),
      ),
    processProposal: (request) =>
      guard(
        'processProposal',
        () => ({ height: request.height, hash: hex(request.hash), txs: request.txs.map(hex) }),
        () => application.processProposal(request),
        () => ({ status: ResponseProcessProposal_ProposalStatus.REJECT }),
      ),
    extendVote: (request) =>
      guard(
        'extendVote',
        () => ({ height: request.height }),
        () => application.extendVote(request),
        () => ({ voteExtension: new Uint8Array() }),
      ),
    verifyVoteExtension: (request) =>
      guard(
        'verifyVoteExtension',
        () => ({ height: request.height }),
        () => application.verifyVoteExtension(request),
        () => ({ status: ResponseVerifyVoteExtension_VerifyStatus.REJECT }),
      ),
    listSnapshots: (request) =>
      guard(
        'listSnapshots',
        () => ({}),
        () => application.listSnapshots(request),
        () => ({ snapshots: [] }),
      ),
    offerSnapshot: (request) =>
      guard(
        'offerSnapshot',
        () => ({ snapshotHeight: request.snapshot?.height }),
        () => application.offerSnapshot(request),
        () => ({ result: ResponseOfferSnapshot_Result.REJECT }),
      ),
    loadSnapshotChunk: (request) =>
      guard(
        'loadSnapshotChunk',
        () => ({ snapshotHeight: request.height, chunk: request.chunk }),
        () => application.loadSnapshotChunk(request),
        () => ({ chunk: new Uint8Array() }),
      ),
    applySnapshotChunk: (request) =>
      guard(
        'applySnapshotChunk',
        () => ({ chunk: request.index, sender: request.sender }),
        () => application.applySnapshotChunk(request),
        () => ({
          result: ResponseApplySnapshotChunk_Result.ABORT,
          refetchChunks: [],
          rejectSenders: [],
        }),
      ),
  };
}
