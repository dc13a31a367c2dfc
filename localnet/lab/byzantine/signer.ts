/**
 * A remote signer: it holds a validator's key outside its node, dials the node's socket, and signs
 * what it is asked for, unless it is told to refuse, to take its time, or to lie about it.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Proposal, Vote } from 'cosmjs-types/tendermint/types/types';
import { proposalSignBytes, voteSignBytes } from '../../../chain/client/hashing.ts';
import type { Signer } from '../../../chain/dev/signer.ts';
import {
  readRequest,
  type Signable,
  type SignerAnswer,
  SignerFrames,
  type SignerRequest,
  writeAnswer,
} from './privval.ts';

/** What a signer does other than sign at once. */
export interface SignerManner {
  readonly refuses: boolean;
  /** It is not there at all. */
  readonly gone: boolean;
  readonly delayMs: number;
  /** Added to the time of every vote. */
  readonly shiftMs: number;
  /** It signs whatever it is asked, whatever it signed before. */
  readonly forgets: boolean;
}

export const honest: SignerManner = {
  refuses: false,
  gone: false,
  delayMs: 0,
  shiftMs: 0,
  forgets: false,
};

/** How far a validator has signed: proposals come before prevotes before precommits. */
interface Signed {
  readonly height: bigint;
  readonly round: number;
  readonly step: number;
  /** Of the block signed for, in hex. */
  readonly what: string;
}

const redialMs = 100;

export class RemoteSigner {
  manner: SignerManner = honest;
  readonly #key: Signer;
  readonly #chainId: string;
  readonly #sockets = new Map<string, Socket>();
  readonly #dialling: Promise<void>[] = [];
  #last: Signed = { height: 0n, round: 0, step: 0, what: '' };
  #closed = false;

  constructor(key: Signer, chainId: string) {
    this.#key = key;
    this.#chainId = chainId;
  }

  /** Serves a node at this socket from now on: dials, and dials again where it goes away. */
  serve(path: string): void {
    this.#dialling.push(this.#dial(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.destroy();
    await Promise.all(this.#dialling);
  }

  /** Changes how it behaves; whom it serves is cut off where it is gone. */
  behave(manner: SignerManner): void {
    this.manner = manner;
    if (manner.gone) for (const socket of this.#sockets.values()) socket.destroy();
  }

  async #dial(path: string): Promise<void> {
    while (!this.#closed) {
      if (!this.manner.gone) await this.#talk(path);
      await sleep(redialMs);
    }
  }

  /** Until the connection ends, or does not come about. */
  async #talk(path: string): Promise<void> {
    const socket = connect(path);
    this.#sockets.set(path, socket);
    const frames = new SignerFrames();
    let answering = Promise.resolve();
    socket.on('data', (bytes) => {
      answering = answering
        .then(async () => {
          for (const message of frames.take(bytes)) {
            const answer = await this.#answer(readRequest(message));
            if (!socket.destroyed) socket.write(writeAnswer(answer));
          }
        })
        .catch(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => {
      // No socket yet, or a node that ended: both are tried again.
      socket.on('error', () => {});
      socket.once('close', () => resolve());
    });
    await answering;
    this.#sockets.delete(path);
  }

  async #answer(request: SignerRequest): Promise<SignerAnswer> {
    if (request.kind === 'key') return { kind: 'key', publicKey: this.#key.publicKey };
    if (request.kind === 'ping') return { kind: 'ping' };
    const { refuses, delayMs } = this.manner;
    if (delayMs > 0) await sleep(delayMs);
    if (refuses) return { kind: 'refusal', to: request.kind, why: 'the signer refuses' };
    const signed = signedBy(request);
    if (!this.manner.forgets && !this.#mayFollow(signed)) {
      const { height, round } = signed;
      const why = `the signer has signed something else at height ${height}, round ${round}`;
      return { kind: 'refusal', to: request.kind, why };
    }
    this.#last = signed;
    return request.kind === 'vote'
      ? { kind: 'vote', vote: this.#signVote(request.vote) }
      : { kind: 'proposal', proposal: this.#signProposal(request.proposal) };
  }

  /** The same block may be signed for again, with another time. */
  #mayFollow(next: Signed): boolean {
    const last = this.#last;
    if (next.height !== last.height) return next.height > last.height;
    if (next.round !== last.round) return next.round > last.round;
    return next.step > last.step || (next.step === last.step && next.what === last.what);
  }

  #signVote(vote: Vote): Vote {
    const shifted = { ...vote, timestamp: shift(vote.timestamp, this.manner.shiftMs) };
    const signature = this.#key.sign(voteSignBytes(this.#chainId, shifted));
    return { ...shifted, signature };
  }

  #signProposal(proposal: Proposal): Proposal {
    const signature = this.#key.sign(proposalSignBytes(this.#chainId, proposal));
    return { ...proposal, signature };
  }
}

function signedBy(request: Signable): Signed {
  const { height, round, blockId } = request.kind === 'vote' ? request.vote : request.proposal;
  const step = request.kind === 'vote' ? 1 + request.vote.type : 1;
  return { height, round, step, what: Buffer.from(blockId.hash).toString('hex') };
}

function shift(time: Vote['timestamp'], byMs: number): Vote['timestamp'] {
  const nanos = BigInt(time.nanos) + time.seconds * 1_000_000_000n + BigInt(byMs) * 1_000_000n;
  return { seconds: nanos / 1_000_000_000n, nanos: Number(nanos % 1_000_000_000n) };
}
