/**
 * The records in which two nodes differ, found by walking both trees down where their hashes
 * part: about log2(records) proofs a difference, whatever the trees hold. All it needs is
 * `/store/<module>/key` with a proof, whose neighbours and siblings show the tree around a key.
 */
import { hash } from 'node:crypto';
import { CommitmentProof, type ExistenceProof } from 'cosmjs-types/cosmos/ics23/v1/proofs';
import type { ArtelNode } from '../client/node.ts';
import { Refused } from '../client/refusals.ts';

export interface RecordDifference {
  readonly key: Uint8Array;
  /** The value at each of the two nodes; undefined where the key is absent. */
  readonly values: readonly [Uint8Array | undefined, Uint8Array | undefined];
}

/** A place in a tree: the bits of a key hash, highest first, that lead there. */
type Place = string;

interface Leaf {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly bits: Place;
  /** Hash of the subtree at each depth on the way to the leaf; the root first, the leaf last. */
  readonly hashes: readonly Uint8Array[];
  /** Hash beside it at each depth; nothing is beside the root. */
  readonly siblings: readonly Uint8Array[];
}

type Node =
  | { readonly type: 'empty' }
  | { readonly type: 'leaf'; readonly leaf: Leaf }
  | { readonly type: 'inner'; readonly children: readonly [Uint8Array, Uint8Array] };

const leafPrefix = Buffer.from('artel/smt/leaf/1');
const empty = new Uint8Array(32);

/** One module's tree of one node at one height, seen through its proofs. */
export class RemoteTree {
  readonly root: Uint8Array;
  readonly #node: ArtelNode;
  readonly #module: string;
  readonly #height: number;
  readonly #known = new Map<Place, Leaf>();

  /** @param root the module's, as the node says it; undefined where the module holds nothing. */
  constructor(node: ArtelNode, module: string, height: number, root: Uint8Array | undefined) {
    this.#node = node;
    this.#module = module;
    this.#height = height;
    this.root = root ?? empty;
  }

  /** What stands at a place whose hash is known; `other` may know a key for the place already. */
  async at(place: Place, expected: Uint8Array, other: RemoteTree): Promise<Node> {
    if (same(expected, empty)) return { type: 'empty' };
    const leaf = this.#knownBelow(place) ?? (await this.#findBelow(place, other));
    const depth = leaf.hashes.length - 1;
    if (!same(leaf.hashes[Math.min(place.length, depth)], expected)) {
      throw new Error(`${this.#node.url}: two proofs of module ${this.#module} contradict`);
    }
    if (place.length >= depth) return { type: 'leaf', leaf };
    const own = leaf.hashes[place.length + 1] ?? empty;
    const beside = leaf.siblings[place.length + 1] ?? empty;
    const isLeft = leaf.bits[place.length] === '0';
    return { type: 'inner', children: isLeft ? [own, beside] : [beside, own] };
  }

  #knownBelow(place: Place): Leaf | undefined {
    for (const leaf of this.#known.values()) if (leaf.bits.startsWith(place)) return leaf;
    return undefined;
  }

  /** Any key of the place will do: where it is absent, the proof shows its neighbours. */
  async #findBelow(place: Place, other: RemoteTree): Promise<Leaf> {
    const key = other.#knownBelow(place)?.key ?? keyBelow(place);
    for (const proof of await this.#prove(key)) {
      const leaf = leafOf(proof);
      this.#known.set(leaf.bits, leaf);
    }
    const found = this.#knownBelow(place);
    if (found !== undefined) return found;
    throw new Error(`${this.#node.url}: module ${this.#module} proves nothing at ${place}`);
  }

  async #prove(key: Uint8Array): Promise<readonly ExistenceProof[]> {
    const { code, codespace, log, proof } = await this.#node.comet.abciQuery({
      path: `/store/${this.#module}/key`,
      data: key,
      prove: true,
      height: this.#height,
    });
    if (code !== 0) throw new Refused({ codespace, code: code ?? 0, log: log ?? '' });
    const { exist, nonexist } = CommitmentProof.decode(proof?.ops[0]?.data ?? new Uint8Array());
    return [exist, nonexist?.left, nonexist?.right].filter((one) => one !== undefined);
  }
}

/** Every record that differs, in the order of key hashes; asks only as far as it is read. */
export async function* differingRecords(
  a: RemoteTree,
  b: RemoteTree,
): AsyncGenerator<RecordDifference, undefined> {
  const waiting: (readonly [Place, Uint8Array, Uint8Array])[] = [['', a.root, b.root]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [place, hashA, hashB] = next;
    if (same(hashA, hashB)) continue;
    const nodeA = await a.at(place, hashA, b);
    const nodeB = await b.at(place, hashB, a);
    if (nodeA.type !== 'inner' && nodeB.type !== 'inner') {
      yield* differenceOf(leafAt(nodeA), leafAt(nodeB));
      continue;
    }
    const [leftA, rightA] = childrenOf(nodeA, place);
    const [leftB, rightB] = childrenOf(nodeB, place);
    waiting.push([`${place}1`, rightA, rightB], [`${place}0`, leftA, leftB]);
  }
  return undefined;
}

function leafAt(node: Node): Leaf | undefined {
  return node.type === 'leaf' ? node.leaf : undefined;
}

function differenceOf(a: Leaf | undefined, b: Leaf | undefined): readonly RecordDifference[] {
  if (a !== undefined && b !== undefined && a.bits === b.bits) {
    return [{ key: a.key, values: [a.value, b.value] }];
  }
  return [
    ...(a === undefined ? [] : [{ key: a.key, values: [a.value, undefined] as const }]),
    ...(b === undefined ? [] : [{ key: b.key, values: [undefined, b.value] as const }]),
  ];
}

/** A lone leaf stands for its subtree, so below its place it is its own child. */
function childrenOf(node: Node, place: Place): readonly [Uint8Array, Uint8Array] {
  if (node.type === 'inner') return node.children;
  if (node.type === 'empty') return [empty, empty];
  const { bits, hashes } = node.leaf;
  const own = hashes.at(-1) ?? empty;
  return bits[place.length] === '0' ? [own, empty] : [empty, own];
}

/** Recomputes the hashes along a proof, which goes from the leaf to the root. */
function leafOf({ key, value, path }: ExistenceProof): Leaf {
  const keyHash = sha256(key);
  let at: Uint8Array = sha256(Buffer.concat([leafPrefix, keyHash, sha256(value)]));
  const hashes = [at];
  const siblings: Uint8Array[] = [];
  for (const { prefix, suffix } of path) {
    siblings.unshift(prefix.length > 0 ? prefix : suffix);
    at = sha256(Buffer.concat([prefix, at, suffix]));
    hashes.unshift(at);
  }
  return { key, value, bits: bitsOf(keyHash), hashes, siblings: [empty, ...siblings] };
}

/** A key made up for a place. PERF: 2^depth tries, a second at the depth of a million records. */
function keyBelow(place: Place): Uint8Array {
  const key = Buffer.alloc(8);
  const shown = Math.min(32, place.length);
  const wanted = Number.parseInt(`0${place.slice(0, shown)}`, 2);
  for (let n = 0; ; n += 1) {
    key.writeUInt32BE(n, 4);
    const text = hash('sha256', key, 'binary');
    const first =
      text.charCodeAt(0) * 0x1000000 +
      ((text.charCodeAt(1) << 16) | (text.charCodeAt(2) << 8) | text.charCodeAt(3));
    if (Math.floor(first / 2 ** (32 - shown)) !== wanted) continue;
    if (place.length <= 32 || bitsOf(Buffer.from(text, 'binary')).startsWith(place)) return key;
  }
}

function bitsOf(bytes: Uint8Array): Place {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
