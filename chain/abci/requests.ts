/**
 * From one ABCI request to its answer: which method, in which lane, and how the answer is written.
 */

import { BinaryWriter } from 'cosmjs-types/binary';
import type {
  Event,
  ExecTxResult,
  Request,
  ResponseCheckTx,
} from 'cosmjs-types/tendermint/abci/types';
import { Response, ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import type { Application } from './application.ts';
import { ByteSink } from './byte-sink.ts';
import { breathe } from './lane.ts';

export type RequestKind = keyof Request;

/**
 * Which requests wait for each other. `consensus`: whatever changes or reports the committed state,
 * strictly serial over all connections. `mempool`: CheckTx, serial, so that a sender's sequence
 * numbers are seen in the order sent. `free`: reads, started at once.
 */
export type LaneName = 'consensus' | 'mempool' | 'free';

export const lanes: { readonly [Kind in RequestKind]-?: LaneName } = {
  echo: 'free',
  flush: 'free',
  // Serial, so that a CometBFT that reconnects during a Commit hears of the height it made.
  info: 'consensus',
  initChain: 'consensus',
  query: 'free',
  checkTx: 'mempool',
  commit: 'consensus',
  listSnapshots: 'free',
  offerSnapshot: 'consensus',
  loadSnapshotChunk: 'free',
  applySnapshotChunk: 'consensus',
  prepareProposal: 'consensus',
  processProposal: 'consensus',
  extendVote: 'consensus',
  verifyVoteExtension: 'consensus',
  finalizeBlock: 'consensus',
};

/** Requests that only the consensus connection carries: they tell which connection it is. */
export const consensusOnly: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'initChain',
  'prepareProposal',
  'processProposal',
  'extendVote',
  'verifyVoteExtension',
  'finalizeBlock',
  'commit',
]);

/** Requests whose defect is answered by `exception` before the node stops (wire.md). */
export const answeredByException: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'initChain',
  'finalizeBlock',
  'commit',
]);

const kinds = Object.keys(lanes) as RequestKind[];

/** The one member that is set, or undefined where there is none or several. */
export function requestKind(request: Request): RequestKind | undefined {
  let only: RequestKind | undefined;
  for (const kind of kinds) {
    if (request[kind] === undefined) continue;
    if (only !== undefined) return undefined;
    only = kind;
  }
  return only;
}

/** Calls the application's method. Rejects as it does. */
export async function answer(application: Application, request: Request): Promise<Response> {
  if (request.checkTx) return { checkTx: await application.checkTx(request.checkTx) };
  if (request.flush) return { flush: {} };
  if (request.query) return { query: await application.query(request.query) };
  if (request.finalizeBlock) {
    return { finalizeBlock: await application.finalizeBlock(request.finalizeBlock) };
  }
  if (request.commit) return { commit: await application.commit(request.commit) };
  if (request.prepareProposal) {
    return { prepareProposal: await application.prepareProposal(request.prepareProposal) };
  }
  if (request.processProposal) {
    return { processProposal: await application.processProposal(request.processProposal) };
  }
  if (request.extendVote) return { extendVote: await application.extendVote(request.extendVote) };
  if (request.verifyVoteExtension) {
    const { verifyVoteExtension } = request;
    return { verifyVoteExtension: await application.verifyVoteExtension(verifyVoteExtension) };
  }
  if (request.info) return { info: await application.info(request.info) };
  if (request.initChain) return { initChain: await application.initChain(request.initChain) };
  return answerSnapshots(application, request);
}

async function answerSnapshots(application: Application, request: Request): Promise<Response> {
  if (request.listSnapshots) {
    return { listSnapshots: await application.listSnapshots(request.listSnapshots) };
  }
  if (request.offerSnapshot) {
    return { offerSnapshot: await application.offerSnapshot(request.offerSnapshot) };
  }
  if (request.loadSnapshotChunk) {
    return { loadSnapshotChunk: await application.loadSnapshotChunk(request.loadSnapshotChunk) };
  }
  if (request.applySnapshotChunk) {
    return { applySnapshotChunk: await application.applySnapshotChunk(request.applySnapshotChunk) };
  }
  return { echo: { message: request.echo?.message ?? '' } };
}

/** The frame of an answer: length and body. */
export async function encodeAnswer(response: Response): Promise<Uint8Array> {
  if (response.checkTx !== undefined) return encodeCheckTx(response.checkTx);
  if (response.finalizeBlock !== undefined) return encodeFinalizeBlock(response.finalizeBlock);
  return Response.encode(response, BinaryWriter.create().fork()).ldelim().finish();
}

function encodeCheckTx(answer: ResponseCheckTx): Uint8Array {
  const sink = new ByteSink(smallFrame);
  const frame = sink.begin();
  const field = sink.open((9 << 3) | 2);
  writeFields(sink, answer);
  sink.close(field);
  sink.close(frame);
  return sink.written;
}

/** Bytes of a frame that holds an answer without events. */
const smallFrame = 64;

/**
 * The answer to FinalizeBlock result by result: thousands of them take tens of milliseconds, in
 * which queries are to be served. `tx_results` (field 2) come first and the rest follows; the order
 * of fields is free.
 */
async function encodeFinalizeBlock(
  answer: NonNullable<Response['finalizeBlock']>,
): Promise<Uint8Array> {
  const sink = new ByteSink();
  for (const result of answer.txResults) {
    await breathe();
    const start = sink.open((2 << 3) | 2);
    writeFields(sink, result);
    sink.close(start);
  }
  sink.bytes(ResponseFinalizeBlock.encode({ ...answer, txResults: [] }).finish());
  const field = BinaryWriter.create()
    .uint32((21 << 3) | 2)
    .uint32(sink.length)
    .finish();
  const frame = BinaryWriter.create()
    .uint32(field.length + sink.length)
    .finish();
  return Buffer.concat([frame, field, sink.written]);
}

/** The fields of an ExecTxResult, which are those of a ResponseCheckTx, too. */
function writeFields(sink: ByteSink, result: ExecTxResult): void {
  if (result.code !== 0) {
    sink.byte(1 << 3);
    sink.varint(result.code);
  }
  if (result.data.length > 0) {
    const data = sink.open((2 << 3) | 2);
    sink.bytes(result.data);
    sink.close(data);
  }
  sink.string((3 << 3) | 2, result.log);
  sink.string((4 << 3) | 2, result.info);
  sink.int64(5 << 3, result.gasWanted);
  sink.int64(6 << 3, result.gasUsed);
  for (const event of result.events) writeEvent(sink, event);
  sink.string((8 << 3) | 2, result.codespace);
}

function writeEvent(sink: ByteSink, { type, attributes }: Event): void {
  const event = sink.open((7 << 3) | 2);
  sink.string((1 << 3) | 2, type);
  for (const { key, value, index } of attributes) {
    const attribute = sink.open((2 << 3) | 2);
    sink.string((1 << 3) | 2, key);
    sink.string((2 << 3) | 2, value);
    if (index) {
      sink.byte(3 << 3);
      sink.byte(1);
    }
    sink.close(attribute);
  }
  sink.close(event);
}
