/**
 * Verifies store proofs against an app hash that the caller trusts: ICS23 membership and
 * non-membership in the module's tree (op 1) and in the tree of module roots (op 2). Runs anywhere,
 * browsers included. The app hash after block H stands in the header of block H+1.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import {
  CommitmentProof,
  type ExistenceProof,
  HashOp,
  type InnerOp,
  type LeafOp,
  LengthOp,
  type NonExistenceProof,
} from 'cosmjs-types/cosmos/ics23/v1/proofs';

/** Proof ops as `abci_query` answers them. */
export type ProofOps = readonly {
  readonly type: string;
  readonly key: Uint8Array;
  readonly data: Uint8Array;
}[];

export interface StoreClaim {
  /** 32 bytes, from a verified header. */
  readonly appHash: Uint8Array;
  /** The name of the module. */
  readonly store: string;
  readonly key: Uint8Array;
  /** The value that the key is said to have; `undefined` where it is said to be absent. */
  readonly value: Uint8Array | undefined;
  readonly ops: ProofOps;
}

/** A proof that does not hold; the message says why. */
export class ProofRefused extends Error {
  constructor(reason: string) {
    super(`the proof does not hold: ${reason}`);
    this.name = 'ProofRefused';
  }
}

/** The type of both ops. */
const OP_TYPE = 'ics23:artel-smt';
const LEAF_PREFIX = new TextEncoder().encode('artel/smt/leaf/1');
const HASH_BYTES = 32;
const MAX_DEPTH = 256;

/** @throws ProofRefused where the claim is not proved. */
export function verifyStoreProof(claim: StoreClaim): void {
  const reason = proofFault(claim);
  if (reason !== undefined) throw new ProofRefused(reason);
}

/** Why a claim is not proved; `undefined` when it is. */
export function proofFault(claim: StoreClaim): string | undefined {
  try {
    check(claim);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** A reason on its way to `proofFault`. */
class Fault extends Error {}

function refuse(reason: string): never {
  throw new Fault(reason);
}

function check({ appHash, store, key, value, ops }: StoreClaim): void {
  if (appHash.length !== HASH_BYTES) {
    refuse(`an app hash has 32 bytes, this one has ${appHash.length}`);
  }
  if (key.length === 0) refuse('the key is empty');
  if (value?.length === 0) refuse('the value is empty');
  const name = new TextEncoder().encode(store);
  const [first, second] = ops;
  if (first === undefined || ops.length > 2) {
    refuse(`expected two proof ops (one for an absent module), got ${ops.length}`);
  }
  if (second === undefined) {
    if (value !== undefined) refuse('a value needs two proof ops, got 1');
    const proof = decode(first, name, 'module');
    checkAbsent(proof.nonexist, name, appHash, 'module');
    return;
  }
  const inModule = decode(first, key, 'key');
  const inTop = decode(second, name, 'module');
  const root =
    value === undefined
      ? absenceRoot(inModule.nonexist, key, 'key')
      : existenceRoot(inModule.exist, key, value, 'key');
  const top = existenceRoot(inTop.exist, name, root, 'module');
  if (!same(top, appHash)) refuse('it leads to another app hash');
}

function decode(op: ProofOps[number], key: Uint8Array, what: string): CommitmentProof {
  if (op.type !== OP_TYPE) refuse(`${what}: the op type is "${op.type}", expected "${OP_TYPE}"`);
  if (!same(op.key, key)) refuse(`${what}: the op is for another ${what}`);
  let proof: CommitmentProof;
  try {
    proof = CommitmentProof.decode(op.data);
  } catch {
    return refuse(`${what}: the op is no ICS23 CommitmentProof`);
  }
  if (proof.batch !== undefined || proof.compressed !== undefined) {
    refuse(`${what}: batch proofs are not used here`);
  }
  return proof;
}

/** The root under which a key has a value. */
function existenceRoot(
  proof: ExistenceProof | undefined,
  key: Uint8Array,
  value: Uint8Array,
  what: string,
): Uint8Array {
  if (proof === undefined) return refuse(`${what}: expected a proof of existence`);
  if (!same(proof.key, key)) refuse(`${what}: the proof is of another ${what}`);
  if (!same(proof.value, value)) refuse(`${what}: the proof is of another value`);
  return rootOf(proof, what);
}

/** The root to which an existence proof leads, after every check on its form. */
function rootOf(proof: ExistenceProof, what: string): Uint8Array {
  if (proof.key.length === 0 || proof.value.length === 0) refuse(`${what}: empty key or value`);
  checkLeafOp(proof.leaf, what);
  const { path } = proof;
  if (path.length > MAX_DEPTH) refuse(`${what}: deeper than ${MAX_DEPTH}`);
  const keyHash = sha256(proof.key);
  let hash = sha256(join(LEAF_PREFIX, keyHash, sha256(proof.value)));
  path.forEach((step, index) => {
    checkInnerOp(step, what);
    // The place of a leaf follows from its key hash, highest bit at the root.
    const depth = path.length - 1 - index;
    const bit = ((keyHash[depth >>> 3] ?? 0) >>> (7 - (depth & 7))) & 1;
    if ((bit === 1) !== isRight(step)) refuse(`${what}: the path is not that of the key's hash`);
    hash = sha256(join(step.prefix, hash, step.suffix));
  });
  return hash;
}

function checkLeafOp(leaf: LeafOp | undefined, what: string): void {
  const right =
    leaf !== undefined &&
    leaf.hash === HashOp.SHA256 &&
    leaf.prehashKey === HashOp.SHA256 &&
    leaf.prehashValue === HashOp.SHA256 &&
    leaf.length === LengthOp.NO_PREFIX &&
    same(leaf.prefix, LEAF_PREFIX);
  if (!right) refuse(`${what}: the leaf op is not that of the spec`);
}

function checkInnerOp({ hash, prefix, suffix }: InnerOp, what: string): void {
  if (hash !== HashOp.SHA256) refuse(`${what}: an inner op does not hash with SHA256`);
  // Without this, a leaf hidden in the key or value of another leaf would pass as its child.
  if (startsWith(prefix, LEAF_PREFIX))
    refuse(`${what}: an inner prefix starts with the leaf prefix`);
  const oneSibling =
    (prefix.length === HASH_BYTES && suffix.length === 0) ||
    (prefix.length === 0 && suffix.length === HASH_BYTES);
  if (!oneSibling) refuse(`${what}: an inner op holds not exactly one sibling of 32 bytes`);
}

/** Whether the path comes from the right child at this step. */
function isRight(step: InnerOp): boolean {
  return step.prefix.length > 0;
}

function checkAbsent(
  proof: NonExistenceProof | undefined,
  key: Uint8Array,
  root: Uint8Array,
  what: string,
): void {
  if (!same(absenceRoot(proof, key, what), root)) refuse('it leads to another app hash');
}

/** The root under which a key is absent: its neighbours stand next to each other there. */
function absenceRoot(
  proof: NonExistenceProof | undefined,
  key: Uint8Array,
  what: string,
): Uint8Array {
  if (proof === undefined) return refuse(`${what}: expected a proof of absence`);
  if (!same(proof.key, key)) refuse(`${what}: the proof is of another ${what}`);
  const { left, right } = proof;
  const keyHash = sha256(key);
  if (left !== undefined && compare(sha256(left.key), keyHash) >= 0) {
    refuse(`${what}: the left neighbour does not stand left of it`);
  }
  if (right !== undefined && compare(sha256(right.key), keyHash) <= 0) {
    refuse(`${what}: the right neighbour does not stand right of it`);
  }
  const roots = [left, right].flatMap((side) => (side === undefined ? [] : [rootOf(side, what)]));
  const [root, other] = roots;
  if (root === undefined) return refuse(`${what}: neither neighbour is there`);
  if (other !== undefined && !same(root, other)) refuse(`${what}: the neighbours have two roots`);
  if (!adjacent(left?.path, right?.path)) {
    refuse(`${what}: between the neighbours something else may stand`);
  }
  return root;
}

/** Whether nothing but empty subtrees lies between two paths (or beyond the only one). */
function adjacent(left: InnerOp[] | undefined, right: InnerOp[] | undefined): boolean {
  if (left === undefined)
    return (right ?? []).every((step) => !isRight(step) || isEmpty(step.prefix));
  if (right === undefined) return left.every((step) => isRight(step) || isEmpty(step.suffix));
  let [l, r] = [left.length - 1, right.length - 1];
  for (; l >= 0 && r >= 0; l--, r--) {
    const [a, b] = [left[l] as InnerOp, right[r] as InnerOp];
    if (!same(a.prefix, b.prefix) || !same(a.suffix, b.suffix)) break;
  }
  const [a, b] = [left[l], right[r]];
  if (a === undefined || b === undefined || isRight(a) || !isRight(b)) return false;
  return adjacent(left.slice(0, l), undefined) && adjacent(undefined, right.slice(0, r));
}

function isEmpty(sibling: Uint8Array): boolean {
  return sibling.every((byte) => byte === 0);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compare(a, b) === 0;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && same(bytes.subarray(0, prefix.length), prefix);
}
