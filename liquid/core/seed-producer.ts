/** `compat=seed`, the answering side: the nodes of one day's trie as they were when first asked. */
import { type KeyPair, type PublicKey, sign, verify } from './keys.ts';
import type { HashKind } from './node.ts';
import { accepted, type Result, refusals } from './refusals.ts';
import {
  decodeFrame,
  decodePositions,
  encodeFrame,
  encodeNodes,
  messageType,
  type SentNode,
  signedDigest,
} from './seed-frames.ts';
import { type NodeRef, rootRef, Trie } from './trie.ts';

/** What both sides of a session know. */
export interface SeedSession {
  /** 32 bytes that no other session has. */
  readonly id: Uint8Array;
  readonly hashKind: HashKind;
  /** Signs the own frames. */
  readonly own: KeyPair;
  readonly peer: PublicKey;
}

/** A frame that speaks for this side of the session, the `number`th that it sends. */
export function signedFrame(
  { id, own }: SeedSession,
  number: number,
  frame: Parameters<typeof signedDigest>[2],
): Uint8Array {
  return encodeFrame({ ...frame, signature: sign(own, signedDigest(id, number, frame)) });
}

/** The frame that the peer sent as its `number`th in this session, and no other. */
export function openedFrame(
  { id, peer }: SeedSession,
  number: number,
  bytes: Uint8Array,
): ReturnType<typeof decodeFrame> {
  const frame = decodeFrame(bytes);
  if (!frame.ok) return frame;
  const digest = signedDigest(id, number, frame.value);
  return verify(peer, digest, frame.value.signature)
    ? frame
    : refusals.bad_signature({ what: 'the frame' });
}

export class SeedProducer {
  readonly #session: SeedSession;
  readonly #trieOf: (age: number) => Trie | undefined;
  readonly #days = new Map<number, DaySnapshot>();
  #number = 0;

  /** `trieOf` gives the trie of a day so many days ago, undefined where there is none. */
  constructor(session: SeedSession, trieOf: (age: number) => Trie | undefined) {
    this.#session = session;
    this.#trieOf = trieOf;
  }

  /** The hashs frame that answers a getHashs frame. After a refusal the session is over. */
  answer(bytes: Uint8Array): Result<Uint8Array> {
    const frame = openedFrame(this.#session, this.#number, bytes);
    if (!frame.ok) return frame;
    const { type, age } = frame.value;
    if (type !== messageType.getHashs) {
      const [field, expected] = ['message of a consumer', 'getHashs (0)'];
      return refusals.malformed({ field, expected, actual: type });
    }
    const positions = decodePositions(frame.value.payload);
    if (!positions.ok) return positions;
    const day = this.#day(age);
    const nodes: SentNode[] = [];
    for (const position of positions.value) {
      const node = day.node(position);
      if (node === undefined) return refusals.unknown_position({ position });
      nodes.push(node);
    }
    const answer = { type: messageType.hashs, age, payload: encodeNodes(nodes) };
    const signed = signedFrame(this.#session, this.#number, answer);
    this.#number += 1;
    return accepted(signed);
  }

  #day(age: number): DaySnapshot {
    const known = this.#days.get(age);
    if (known !== undefined) return known;
    const { hashKind } = this.#session;
    const snapshot = this.#trieOf(age)?.snapshot(hashKind) ?? new Trie(hashKind);
    const day = new DaySnapshot(snapshot);
    this.#days.set(age, day);
    return day;
  }
}

/** Positions are numbers in the order of being told, so they show nothing of the store. */
class DaySnapshot {
  readonly #trie: Trie;
  readonly #rows: NodeRef[] = [rootRef];
  readonly #positions = new Map<NodeRef, bigint>([[rootRef, 0n]]);

  constructor(trie: Trie) {
    this.#trie = trie;
  }

  node(position: bigint): SentNode | undefined {
    const row = position < this.#rows.length ? this.#rows[Number(position)] : undefined;
    if (row === undefined) return undefined;
    const children = this.#trie.isLeaf(row) ? [] : this.#trie.children(row);
    const childPositions = children.map((child) => this.#positionOf(child));
    return { position, node: this.#trie.node(row), childPositions };
  }

  #positionOf(row: NodeRef): bigint {
    const known = this.#positions.get(row);
    if (known !== undefined) return known;
    const position = BigInt(this.#rows.length);
    this.#rows.push(row);
    this.#positions.set(row, position);
    return position;
  }
}
