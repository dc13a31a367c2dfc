/**
 * `compat=seed`: the two messages of the author's protocol in their exact layout. The signature
 * covers session, number and the whole payload, where the source covers 8 bytes of it (D0.9).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, concat, readU32, readU64, u32, u64 } from './bytes.ts';
import { maxWireAge } from './days.ts';
import { hashLength, mapIndexes, mapLength, type Node, nodeType } from './node.ts';
import { accepted, type Refusal, type Result, refusals } from './refusals.ts';

/** 0 getHashs: positions whose nodes the consumer asks for. 1 hashs: the nodes. */
export const messageType = { getHashs: 0, hashs: 1 } as const;
export type MessageType = (typeof messageType)[keyof typeof messageType];

export const maxEntries = 256;
/** The source says "~80?"; ours have 64 bytes, none at all an unsigned frame. */
export const maxSignatureLength = 80;
/** The longest key that the layout has room for. A valid branch has at most 17. */
export const maxKeyLength = 18;
const positionLength = 8;
const childLength = positionLength + hashLength;
const nodeHeadLength = positionLength + 2;
/** 7228 bytes; the largest valid node has one less. */
export const maxNodeLength = nodeHeadLength + maxKeyLength + mapLength + 256 * childLength;

export interface Frame {
  readonly type: MessageType;
  readonly signature: Uint8Array;
  /** Days before the session's base, 0 to 255. */
  readonly age: number;
  readonly payload: Uint8Array;
}

/** A node with the positions under which it and its children can be asked for. */
export interface SentNode {
  readonly position: bigint;
  readonly node: Node;
  /** Of a branch: one a child, by ascending byte. A leaf: none. */
  readonly childPositions: readonly bigint[];
}

/** type u8, signature length u32, signature, age u8, payload. */
export function encodeFrame({ type, signature, age, payload }: Frame): Uint8Array {
  return concat(Uint8Array.of(type), u32(signature.length), signature, Uint8Array.of(age), payload);
}

export function decodeFrame(bytes: Uint8Array): Result<Frame> {
  const type = bytes[0];
  if (type !== messageType.getHashs && type !== messageType.hashs) {
    return malformed('message type', '0 or 1', type ?? 'missing');
  }
  if (bytes.length < 5) return malformed('frame', 'at least 6 bytes', bytes.length);
  const signatureLength = readU32(bytes, 1);
  if (signatureLength > maxSignatureLength) {
    return tooLarge('signature', `at most ${maxSignatureLength} bytes`, signatureLength);
  }
  const ageAt = 5 + signatureLength;
  const age = bytes[ageAt];
  if (age === undefined) return malformed('frame', `over ${ageAt} bytes`, bytes.length);
  const payload = bytes.subarray(ageAt + 1);
  const most = maxEntries * (type === messageType.getHashs ? positionLength : maxNodeLength);
  if (payload.length > most) return tooLarge('payload', `at most ${most} bytes`, payload.length);
  return accepted({ type, signature: bytes.subarray(5, ageAt), age, payload });
}

const signedDomain = ascii('artel/liquid/seed-frame/1');

/** What a frame's signature is over. `session`: 32 bytes of both sides; `number` from 0. */
export function signedDigest(
  session: Uint8Array,
  number: number,
  { type, age, payload }: Omit<Frame, 'signature'>,
): Uint8Array {
  const head = Uint8Array.of(type, age);
  return sha256(concat(signedDomain, head, session, u32(number), payload));
}

export function isAge(age: number): boolean {
  return Number.isInteger(age) && age >= 0 && age <= maxWireAge;
}

export function encodePositions(positions: readonly bigint[]): Uint8Array {
  return concat(...positions.map(u64));
}

export function decodePositions(payload: Uint8Array): Result<bigint[]> {
  const count = payload.length / positionLength;
  if (!Number.isInteger(count) || count === 0) {
    return malformed('getHashs', `1 to ${maxEntries} positions of 8 bytes`, payload.length);
  }
  if (count > maxEntries) return tooLarge('getHashs', `at most ${maxEntries} positions`, count);
  return accepted(Array.from({ length: count }, (_, i) => readU64(payload, i * positionLength)));
}

/** position u64, type u8, key size u8, key, map (32), and of a branch position and hash a child. */
export function encodeNodes(nodes: readonly SentNode[]): Uint8Array {
  const length = nodes.reduce((sum, sent) => sum + nodeLength(sent), 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const sent of nodes) {
    const { position, node, childPositions } = sent;
    view.setBigUint64(at, position);
    bytes[at + 8] = node.type;
    bytes[at + 9] = node.key.length;
    bytes.set(node.key, at + nodeHeadLength);
    bytes.set(node.map, at + nodeHeadLength + node.key.length);
    childPositions.forEach((child, i) => {
      const childAt = at + nodeHeadLength + node.key.length + mapLength + i * childLength;
      view.setBigUint64(childAt, child);
      const hash = node.childHashes.subarray(i * hashLength, (i + 1) * hashLength);
      bytes.set(hash, childAt + positionLength);
    });
    at += nodeLength(sent);
  }
  return bytes;
}

function nodeLength({ node, childPositions }: SentNode): number {
  return nodeHeadLength + node.key.length + mapLength + childPositions.length * childLength;
}

/** Reads the layout only; whether a node can stand where it was asked for is `nodeProblem`. */
export function decodeNodes(payload: Uint8Array): Result<SentNode[]> {
  const nodes: SentNode[] = [];
  for (let at = 0; at < payload.length; ) {
    if (nodes.length === maxEntries) {
      return tooLarge('hashs', `at most ${maxEntries} nodes`, 'more');
    }
    const decoded = decodeNode(payload, at);
    if (!decoded.ok) return decoded;
    nodes.push(decoded.value.sent);
    at = decoded.value.end;
  }
  return nodes.length > 0 ? accepted(nodes) : malformed('hashs', 'at least one node', 0);
}

function decodeNode(bytes: Uint8Array, at: number): Result<{ sent: SentNode; end: number }> {
  const left = bytes.length - at;
  if (left < nodeHeadLength) return malformed('node', `${nodeHeadLength} bytes at least`, left);
  const type = bytes[at + 8];
  const keyLength = bytes[at + 9] as number;
  if (type !== nodeType.branch && type !== nodeType.leaf) {
    return malformed('node type', '2 or 3', type as number);
  }
  if (keyLength > maxKeyLength) {
    return tooLarge('node key', `at most ${maxKeyLength} bytes`, keyLength);
  }
  const mapAt = at + nodeHeadLength + keyLength;
  const childrenAt = mapAt + mapLength;
  if (childrenAt > bytes.length) return malformed('node', 'whole', `${left} bytes`);
  const map = bytes.slice(mapAt, childrenAt);
  const count = type === nodeType.leaf ? 0 : mapIndexes(map).length;
  const end = childrenAt + count * childLength;
  if (end > bytes.length) return malformed('children', `${count}`, `${left} bytes in all`);
  const childPositions: bigint[] = [];
  const childHashes = new Uint8Array(count * hashLength);
  for (let i = 0; i < count; i += 1) {
    const childAt = childrenAt + i * childLength;
    childPositions.push(readU64(bytes, childAt));
    childHashes.set(bytes.subarray(childAt + 8, childAt + childLength), i * hashLength);
  }
  const node: Node = { type, key: bytes.slice(at + nodeHeadLength, mapAt), map, childHashes };
  return accepted({ sent: { position: readU64(bytes, at), node, childPositions }, end });
}

function malformed(field: string, expected: string, actual: string | number): Refusal {
  return refusals.malformed({ field, expected, actual });
}

function tooLarge(field: string, expected: string, actual: string | number): Refusal {
  return refusals.too_large({ field, expected, actual });
}
