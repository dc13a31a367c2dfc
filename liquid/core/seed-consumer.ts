/**
 * `compat=seed`, the asking side: walks down where the producer's hashes differ from the own, and
 * checks every node against the hash that its parent promised. The root of a day is promised by
 * nobody; only its signature vouches for it.
 */
import { concat, equal } from './bytes.ts';
import { type Id, idOfBytes } from './id.ts';
import { hashLength, mapIndexes, nodeHash, nodeProblem, nodeType } from './node.ts';
import { accepted, type Refusal, type Result, refusals } from './refusals.ts';
import {
  decodeNodes,
  encodePositions,
  isAge,
  maxEntries,
  messageType,
  type SentNode,
} from './seed-frames.ts';
import { openedFrame, type SeedSession, signedFrame } from './seed-producer.ts';
import { Trie } from './trie.ts';

/** Limits of one session; the walk ends quietly at the first, loudly at the second. */
export interface SeedLimits {
  readonly maxIds: number;
  readonly maxBytes: number;
}

export interface Gained {
  readonly age: number;
  readonly id: Id;
}

export interface Progress {
  /** Ids of verified leaves that the own trie lacks; safe to store, also if nothing more comes. */
  readonly gained: readonly Gained[];
  /** Frames to send next, to be answered in this order. */
  readonly asks: readonly Uint8Array[];
  /** Nothing is awaited any more. */
  readonly done: boolean;
}

/** A node to be asked for: where it is, what it must hash to, and the bytes said before its key. */
interface Wanted {
  readonly position: bigint;
  readonly promised: Uint8Array | undefined;
  readonly prefix: Uint8Array;
}

interface Asked {
  readonly age: number;
  readonly wanted: readonly Wanted[];
}

export class SeedConsumer {
  readonly #session: SeedSession;
  readonly #limits: SeedLimits;
  readonly #own = new Map<number, Trie>();
  readonly #asked: Asked[] = [];
  #sent = 0;
  #received = 0;
  #bytes = 0;
  #ids = 0;

  constructor(session: SeedSession, limits: SeedLimits) {
    this.#session = session;
    this.#limits = limits;
  }

  /** Asks for the roots of these days, each with the own trie of the day; all in one round. */
  start(days: readonly { readonly age: number; readonly own: Trie | undefined }[]): Progress {
    const { hashKind } = this.#session;
    const asks = days
      .filter(({ age }) => isAge(age))
      .map(({ age, own }) => {
        this.#own.set(age, own?.snapshot(hashKind) ?? new Trie(hashKind));
        return this.#ask(age, [{ position: 0n, promised: undefined, prefix: new Uint8Array() }]);
      });
    return { gained: [], asks, done: asks.length === 0 };
  }

  /** After a refusal the session is over, and nothing of the frame has been taken. */
  receive(bytes: Uint8Array): Result<Progress> {
    const [asked] = this.#asked;
    if (asked === undefined) return malformed('frame', 'asked for', 'one more');
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limits.maxBytes) {
      const expected = `at most ${this.#limits.maxBytes} bytes`;
      return refusals.too_large({ field: 'session', expected, actual: this.#bytes });
    }
    const frame = openedFrame(this.#session, this.#received, bytes);
    if (!frame.ok) return frame;
    const { type, age, payload } = frame.value;
    if (type !== messageType.hashs) return malformed('message of a producer', 'hashs (1)', type);
    if (age !== asked.age) return malformed('day', `${asked.age}, as asked`, age);
    const nodes = decodeNodes(payload);
    if (!nodes.ok) return nodes;
    const problem = answerProblem(this.#session, asked.wanted, nodes.value);
    if (problem !== undefined) return problem;
    this.#received += 1;
    this.#asked.shift();
    return accepted(this.#descend(asked, nodes.value));
  }

  #descend({ age, wanted }: Asked, nodes: readonly SentNode[]): Progress {
    const own = this.#own.get(age) ?? new Trie(this.#session.hashKind);
    const gained: Gained[] = [];
    const next: Wanted[] = [];
    nodes.forEach(({ node, childPositions }, i) => {
      const prefix = concat((wanted[i] as Wanted).prefix, node.key);
      mapIndexes(node.map).forEach((byte, child) => {
        const longer = concat(prefix, Uint8Array.of(byte));
        if (node.type === nodeType.leaf) {
          const id = idOfBytes(longer);
          if (!own.has(id)) gained.push({ age, id });
          return;
        }
        const promised = node.childHashes.slice(child * hashLength, (child + 1) * hashLength);
        const row = own.at(longer);
        if (row !== undefined && equal(own.hashOf(row), promised)) return;
        next.push({ position: childPositions[child] as bigint, promised, prefix: longer });
      });
    });
    const room = this.#limits.maxIds - this.#ids;
    this.#ids += Math.min(room, gained.length);
    if (gained.length >= room) {
      this.#asked.length = 0;
      return { gained: gained.slice(0, room), asks: [], done: true };
    }
    const asks: Uint8Array[] = [];
    for (let at = 0; at < next.length; at += maxEntries) {
      asks.push(this.#ask(age, next.slice(at, at + maxEntries)));
    }
    return { gained, asks, done: this.#asked.length === 0 };
  }

  #ask(age: number, wanted: readonly Wanted[]): Uint8Array {
    this.#asked.push({ age, wanted });
    const payload = encodePositions(wanted.map(({ position }) => position));
    const frame = { type: messageType.getHashs, age, payload };
    const signed = signedFrame(this.#session, this.#sent, frame);
    this.#sent += 1;
    return signed;
  }
}

/** The nodes that were asked for, in that order, each what its parent promised. */
function answerProblem(
  { hashKind }: SeedSession,
  wanted: readonly Wanted[],
  nodes: readonly SentNode[],
): Refusal | undefined {
  if (nodes.length !== wanted.length) {
    return malformed('hashs', `${wanted.length} nodes, as asked`, nodes.length);
  }
  for (const [i, { position, node }] of nodes.entries()) {
    const { position: expected, promised, prefix } = wanted[i] as Wanted;
    if (position !== expected) return malformed('position', `${expected}`, `${position}`);
    const problem = nodeProblem(node, prefix.length);
    if (problem !== undefined) return problem;
    if (promised !== undefined && !equal(nodeHash(hashKind, node), promised)) {
      return refusals.wrong_hash({ position });
    }
  }
  return undefined;
}

function malformed(field: string, expected: string, actual: string | number): Refusal {
  return refusals.malformed({ field, expected, actual });
}
