/**
 * ICS23 proofs over both levels: op 1 in the module's tree, op 2 in the tree of module roots. They
 * verify with the unmodified ICS23 libraries under `proofSpec`, and with
 * `chain/client/verify-proof.ts`.
 */
import type { ProofOp } from 'cosmjs-types/tendermint/crypto/proof';
import {
  isLeafOf,
  keyOf,
  type Leaf,
  makeLeaf,
  pathInside,
  positionOf,
  type Step,
  sorted,
  subtreeHash,
} from './bucket.ts';
import { HASH_BYTES, type HashText, hashText } from './hash.ts';
import { depthOf, type ModuleTree } from './smt.ts';

/** The type of both proof ops. */
export const PROOF_OP_TYPE = 'ics23:artel-smt';

/** The ICS23 ProofSpec of both trees, as proto-JSON. */
export const proofSpec = {
  leaf_spec: {
    hash: 'SHA256',
    prehash_key: 'SHA256',
    prehash_value: 'SHA256',
    prefix: 'YXJ0ZWwvc210L2xlYWYvMQ==',
  },
  inner_spec: {
    child_order: [0, 1],
    child_size: 32,
    empty_child: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    hash: 'SHA256',
  },
  max_depth: 256,
  prehash_key_before_comparison: true,
} as const;

/** A leaf and its way up to the root. */
export interface LeafPath {
  readonly leaf: Leaf;
  readonly steps: readonly Step[];
}

/** The leaf of a key, or its neighbours where it is absent. */
export type Found =
  | { readonly present: true; readonly path: LeafPath }
  | { readonly present: false; readonly left?: LeafPath; readonly right?: LeafPath };

/** Reads the leaves of a bucket of the tree. */
export type ReadLeaves = (index: number) => readonly Leaf[];

/** Looks a key up in a module's tree. */
export function findInTree(tree: ModuleTree, read: ReadLeaves, key: Uint8Array): Found {
  const keyHash = hashText(key);
  const bucket = tree.locate(keyHash);
  const pathOf = (index: number, leaves: readonly Leaf[], position: number): LeafPath => ({
    leaf: leaves[position] as Leaf,
    steps: [...pathInside(leaves, position, depthOf(index)), ...pathAbove(tree, index)],
  });
  const neighbour = (side: 'left' | 'right'): LeafPath | undefined => {
    const index = tree.neighbour(bucket, side);
    if (index === undefined) return undefined;
    const leaves = read(index);
    return pathOf(index, leaves, side === 'left' ? leaves.length - 1 : 0);
  };
  return find(read(bucket), keyHash, key, (leaves, at) => pathOf(bucket, leaves, at), neighbour);
}

/**
 * The same in a tree whose buckets must be loaded: the key's, and its neighbours' where it is
 * absent.
 */
export async function findInOldTree(
  tree: ModuleTree,
  load: (index: number) => Promise<readonly Leaf[]>,
  key: Uint8Array,
): Promise<Found> {
  const keyHash = hashText(key);
  const bucket = tree.locate(keyHash);
  const leaves = await load(bucket);
  const loaded = new Map([[bucket, leaves]]);
  const here = leaves[positionOf(leaves, keyHash, key)];
  if (here === undefined || !isLeafOf(here, keyHash, key)) {
    for (const side of ['left', 'right'] as const) {
      const index = tree.neighbour(bucket, side);
      if (index !== undefined) loaded.set(index, await load(index));
    }
  }
  return findInTree(tree, (index) => loaded.get(index) ?? [], key);
}

function find(
  leaves: readonly Leaf[],
  keyHash: HashText,
  key: Uint8Array,
  pathOf: (leaves: readonly Leaf[], position: number) => LeafPath,
  beyond: (side: 'left' | 'right') => LeafPath | undefined,
): Found {
  const at = positionOf(leaves, keyHash, key);
  const here = leaves[at];
  if (here !== undefined && isLeafOf(here, keyHash, key)) {
    return { present: true, path: pathOf(leaves, at) };
  }
  const left = at > 0 ? pathOf(leaves, at - 1) : beyond('left');
  const right = here !== undefined ? pathOf(leaves, at) : beyond('right');
  return { present: false, ...(left && { left }), ...(right && { right }) };
}

/**
 * The steps from a node of the heap up to the root. A parent with one leaf is that leaf: no step.
 * PERF: the hashes are shared with the tree, so they are to be encoded before it can change.
 */
function pathAbove(tree: ModuleTree, index: number): Step[] {
  const steps: Step[] = [];
  for (let at = index; at > 1; at >>>= 1) {
    if (tree.kind(at >>> 1) < 2) continue;
    steps.push({ sibling: tree.hash(at ^ 1), side: (at & 1) === 1 ? 'left' : 'right' });
  }
  return steps;
}

/** The tree over module roots: few leaves, built when it is needed. */
export class TopTree {
  readonly #leaves: readonly Leaf[];
  readonly #roots: ReadonlyMap<string, Uint8Array>;

  /** `roots` without those of empty modules. */
  constructor(roots: ReadonlyMap<string, Uint8Array>) {
    this.#roots = roots;
    this.#leaves = sorted([...roots].map(([name, root]) => makeLeaf(Buffer.from(name), root, 0)));
  }

  /** The app hash. */
  get root(): Uint8Array {
    return Uint8Array.from(subtreeHash(this.#leaves, 0, this.#leaves.length, 0));
  }

  /** The proof op of a module's root, or of the module's absence. */
  prove(module: string): ProofOp {
    const name = Buffer.from(module);
    const pathOf = (leaves: readonly Leaf[], at: number): LeafPath => ({
      leaf: leaves[at] as Leaf,
      steps: pathInside(leaves, at, 0),
    });
    const found = find(this.#leaves, hashText(name), name, pathOf, () => undefined);
    return proofOp(name, found, (leaf) => this.#rootOf(leaf));
  }

  #rootOf(leaf: Leaf): Uint8Array {
    const root = this.#roots.get(Buffer.from(keyOf(leaf)).toString());
    if (root === undefined) throw new Error('a leaf of the top tree has no module root');
    return root;
  }
}

/** The proof op for what was found; `valueAt` knows the values of the leaves in it. */
export function proofOp(
  key: Uint8Array,
  found: Found,
  valueAt: (leaf: Leaf) => Uint8Array,
): ProofOp {
  const existence = (path: LeafPath): Uint8Array => encodeExistence(path, valueAt(path.leaf));
  if (found.present) {
    const data = field(1, existence(found.path));
    return { type: PROOF_OP_TYPE, key, data };
  }
  const { left, right } = found;
  if (left === undefined && right === undefined) {
    throw new Error('the tree is empty: ICS23 has no proof for that');
  }
  const parts = [field(1, key)];
  if (left !== undefined) parts.push(field(2, existence(left)));
  if (right !== undefined) parts.push(field(3, existence(right)));
  return { type: PROOF_OP_TYPE, key, data: field(2, Buffer.concat(parts)) };
}

/** `leaf` op of the spec, as field 3 of an ExistenceProof: hashes SHA256, no length, the prefix. */
const LEAF_OP = Buffer.concat([
  Buffer.of(0x1a, 24, 0x08, 1, 0x10, 1, 0x18, 1, 0x2a, 16),
  Buffer.from('artel/smt/leaf/1'),
]);

/**
 * Bytes of one inner op as field 4: tag, 36, hash = SHA256, tag of prefix or suffix, 32, sibling.
 */
const STEP_BYTES = 6 + HASH_BYTES;

/** PERF: the wire form of ExistenceProof by hand; a test decodes it with the generated code. */
function encodeExistence(path: LeafPath, value: Uint8Array): Uint8Array {
  const head = Buffer.concat([field(1, keyOf(path.leaf)), field(2, value), LEAF_OP]);
  const bytes = Buffer.allocUnsafe(head.length + path.steps.length * STEP_BYTES);
  bytes.set(head);
  let at = head.length;
  for (const { sibling, side } of path.steps) {
    bytes[at] = 0x22;
    bytes[at + 1] = 36;
    bytes[at + 2] = 0x08;
    bytes[at + 3] = 1;
    bytes[at + 4] = side === 'left' ? 0x12 : 0x1a;
    bytes[at + 5] = HASH_BYTES;
    bytes.set(sibling, at + 6);
    at += STEP_BYTES;
  }
  return bytes;
}

/** A length-delimited protobuf field. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const head = [(number << 3) | 2];
  let length = bytes.length;
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128);
  head.push(length);
  const out = Buffer.allocUnsafe(head.length + bytes.length);
  out.set(head);
  out.set(bytes, head.length);
  return out;
}
