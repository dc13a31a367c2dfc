/**
 * A node of the canonical trie of one day as two sides speak of it: shape, bounds and hash.
 * docs/liquid-protocol.md, "Trie", is the specification.
 */
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, concat, u16, u32 } from './bytes.ts';
import type { Window } from './days.ts';
import { idLength } from './id.ts';
import { type Refusal, refusals } from './refusals.ts';

/** First 20 bytes of a digest. */
export const hashLength = 20;
export const mapLength = 32;

/** Type codes; 1 is reserved. The root is a branch. */
export const nodeType = { branch: 2, leaf: 3 } as const;
export type NodeType = (typeof nodeType)[keyof typeof nodeType];

/** Own encoding, or the author's RIPEMD-160(SHA-256(key || map || children's hashes)). */
export type HashKind = 'artel' | 'hash160';

export interface Node {
  readonly type: NodeType;
  /** Bytes that all ids below share, after the byte that leads here. */
  readonly key: Uint8Array;
  /** 32 bytes; bit i is byte i >> 3, mask 1 << (i & 7): which next bytes there are. */
  readonly map: Uint8Array;
  /** Of a branch: the hashes of its children, 20 bytes each, by ascending byte. A leaf: empty. */
  readonly childHashes: Uint8Array;
}

export const nodeDomain = ascii('artel/liquid/trie/1');
const windowDomain = ascii('artel/liquid/window/1');

export function nodeHash(kind: HashKind, { type, key, map, childHashes }: Node): Uint8Array {
  return kind === 'artel'
    ? sha256(concat(nodeDomain, Uint8Array.of(type, key.length), key, map, childHashes)).subarray(
        0,
        hashLength,
      )
    : ripemd160(sha256(concat(key, map, childHashes)));
}

/** The indexes whose bits are set, ascending. */
export function mapIndexes(map: Uint8Array): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < 256; index += 1) {
    if (((map[index >> 3] ?? 0) & (1 << (index & 7))) !== 0) indexes.push(index);
  }
  return indexes;
}

export function setMapBit(map: Uint8Array, index: number): void {
  map[index >> 3] = (map[index >> 3] ?? 0) | (1 << (index & 7));
}

/**
 * Whether a node can stand where `from` bytes of an id are already said (0: the root). On every
 * path the keys and one byte an edge are the 20 bytes of an id.
 */
export function nodeProblem({ type, key, map }: Node, from: number): Refusal | undefined {
  const count = mapIndexes(map).length;
  if (from === 0) {
    if (type !== nodeType.branch) return malformed('root', 'a branch', `of type ${type}`);
    return key.length === 0 ? undefined : malformed('key of the root', 'empty', key.length);
  }
  if (type === nodeType.leaf) {
    if (from + key.length !== idLength - 1) {
      return malformed('key of a leaf', `${idLength - 1 - from} bytes here`, key.length);
    }
    return count > 0 ? undefined : malformed('map of a leaf', 'of at least one id', count);
  }
  if (from + key.length > idLength - 2) {
    return malformed('key of a branch', `at most ${idLength - 2 - from} bytes here`, key.length);
  }
  return count > 1 ? undefined : malformed('map of a branch', 'of at least two children', count);
}

/** Root over the days of a window, one hash a day in ascending order. */
export function windowRoot({ first, count }: Window, dayRoots: readonly Uint8Array[]): Uint8Array {
  return sha256(concat(windowDomain, u32(first), u16(count), ...dayRoots)).subarray(0, hashLength);
}

function malformed(field: string, expected: string, actual: string | number): Refusal {
  return refusals.malformed({ field, expected, actual });
}
