/**
 * What a program that carries frames needs to know of a sync: it makes a session from a scanned or
 * a shown QR digest, joins a room, and hands frames to and fro until there is an outcome. Nothing
 * here knows of sockets, files or clocks.
 */
import type { Id } from '../core/id.ts';
import type { KeyPair, PublicKey } from '../core/keys.ts';
import type { Refusal } from '../core/refusals.ts';
import type { Registry } from '../registry/registry.ts';
import type { PairMemory } from './pairs.ts';

/** What one side takes from outside itself. */
export interface Surroundings {
  readonly registry: Registry;
  /** UTC seconds. */
  readonly now: () => number;
  /** So many random bytes, of the platform's secure source. */
  readonly random: (length: number) => Uint8Array;
  /**
   * Keeps sketches for the next session with the same pair; without it each session starts cold.
   */
  readonly pairs?: PairMemory;
}

/** What this side agrees to. Each direction is opt-in of both sides. */
export interface Terms {
  /** Tell the other side what it lacks. */
  readonly give: boolean;
  /** Take what the other side tells. */
  readonly take: boolean;
  /** The most that is received in one session, in bytes of content. */
  readonly maxBytes: number;
  /** Absent: nothing is said of receipts. */
  readonly receipts?: ReceiptWishes;
}

/** What a side wants of receipts, once all else is done and if the other side speaks of them. */
export interface ReceiptWishes {
  /** Hand out those that are asked for, and sign one of the own key. */
  readonly give: boolean;
  /** How many to ask for, at most 256: those of `ids` first, then of what was told. */
  readonly ask: number;
  readonly ids: readonly Id[];
  /** Make a receipt of the other side's key, of today, that both sign. */
  readonly make: boolean;
}

/** What came of it. */
export interface ReceiptReport {
  /** Receipts that came in, and those that were handed out. */
  readonly taken: number;
  readonly given: number;
  /** Whether the receipt that this side wanted to make was signed by the other, too. */
  readonly made: boolean;
  /** Whether this side has signed one of its own key. */
  readonly signed: boolean;
}

/** The side that scanned a producer's QR. */
export interface ConsumerOptions extends Surroundings {
  readonly role: 'consumer';
  /** The bytes of the QR digest, as scanned and not expired. */
  readonly digest: Uint8Array;
  /** Who this side is to the producer: the pair whose consumer digest it showed. */
  readonly own: KeyPair;
  readonly terms: Terms;
}

/** The side that showed the QR. */
export interface ProducerOptions extends Surroundings {
  readonly role: 'producer';
  /** The bytes of the QR digest, as shown; made by `offerSession`. */
  readonly digest: Uint8Array;
  /** The pair that the digest names. */
  readonly own: KeyPair;
  /** X25519, 32 bytes: the other half of the digest's one-time key. For one session only. */
  readonly oneTimeSecret: Uint8Array;
  /** The key that was scanned from the consumer before the service; or whoever holds the QR. */
  readonly consumer: PublicKey | 'open';
  readonly terms: Terms;
}

export type SessionOptions = ConsumerOptions | ProducerOptions;

/** What to do after something has happened: send these frames in order, and end with an outcome. */
export interface Step {
  readonly frames: readonly Uint8Array[];
  /** Set once: the session is over. The frames are still to be sent before the transport closes. */
  readonly outcome?: Outcome;
}

export interface Outcome {
  /**
   * `ok`, or the name of the refusal that ended it; `not_finished` where the transport was lost.
   */
  readonly code: string;
  readonly refusal?: Refusal;
  readonly report: Report;
}

/** Figures of a session, good at any time. */
export interface Report {
  /** Bytes of frames, those of resumed connections included; without headers of the transport. */
  readonly sent: number;
  readonly received: number;
  /** Round trips as the consumer waits for them: messages of the producer that were awaited. */
  readonly rounds: number;
  /** Ids that came in new or with a later date. */
  readonly gained: number;
  /** Ids that were told to the other side because it lacked them. */
  readonly given: number;
  /** Claims that the own policy did not let in. */
  readonly refused: number;
  /** Own root of the window after the session, the peer's as announced: 40 hexadecimal digits. */
  readonly root?: string;
  readonly peerRoot?: string;
  /** Whether kept sketches of the pair's last session were used. */
  readonly warm: boolean;
  /** The number of the source under which the gained claims are kept, to take them back. */
  readonly source?: number;
  /** Absent where the two did not speak of receipts. */
  readonly receipts?: ReceiptReport;
}

/**
 * One sync with one peer over any transport that keeps frames whole and in order. Calls are made
 * one after the other, each awaited.
 *
 *     step = await session.connected(room)      after joining a room; again after each loss
 *     step = await session.receive(frame)       for each frame of the other side
 *     session.lost()                            when the transport ends without an outcome
 *     step = await session.stop()               to end it early, without giving reasons (R4)
 *
 * A session survives its transport: after `lost`, join one of `rooms` again within ten minutes and
 * call `connected`. It is resumable until `deadline`; then `abandon` ends it as `not_finished`.
 */
export interface Session {
  /**
   * Tokens (16 bytes) of the rooms in which the other side may be waiting, the likeliest first.
   * Before the first frame that is the QR's token; later a room that only these two can derive,
   * good for any number of losses. A consumer that doesn't know how far its first frame came has
   * both.
   */
  readonly rooms: readonly Uint8Array[];
  readonly outcome: Outcome | undefined;
  readonly report: Report;
  /** UTC seconds until which a lost session can be resumed. */
  readonly deadline: number;
  connected(room: Uint8Array): Promise<Step>;
  receive(frame: Uint8Array): Promise<Step>;
  lost(): void;
  stop(): Promise<Step>;
  abandon(): Outcome;
}

/** A transport as the driver needs it: a WebSocket through a relay, or two ends in one process. */
export interface Duplex {
  /** Resolves when the transport has room for the next frame (back-pressure). */
  send(frame: Uint8Array): Promise<void>;
  /** Ends when the transport ends, for whatever reason. */
  readonly frames: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
