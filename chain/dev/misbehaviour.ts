/**
 * Evidence against validators: made with their own keys for tests, or received and checked; kept
 * until a block carries it, and never carried twice.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Misbehavior, MisbehaviorType } from 'cosmjs-types/tendermint/abci/types';
import {
  type DuplicateVoteEvidence,
  Evidence,
  type LightClientAttackEvidence,
} from 'cosmjs-types/tendermint/types/evidence';
import {
  type BlockID,
  type Commit,
  type Header,
  SignedMsgType,
  type Vote,
} from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import { evidenceBytes, headerHash, voteSignBytes } from '../client/hashing.ts';
import type { Signer } from './signer.ts';
import { findValidator, totalPower, type ValidatorSet } from './validator-set.ts';

/** The height at which a validator misbehaves, as evidence has to name it. */
export interface SceneOfMisbehaviour {
  readonly header: Header;
  readonly validators: ValidatorSet;
}

const empty = new Uint8Array(0);

/** Two precommits of one validator for two blocks that nobody proposed. */
export function makeDuplicateVote(scene: SceneOfMisbehaviour, signer: Signer): Evidence {
  const found = findValidator(scene.validators, signer.address);
  if (found === undefined) {
    throw new Error(`${hex(signer.address)} was not a validator at height ${scene.header.height}`);
  }
  const votes = ['one block', 'another block']
    .map((text): Vote => {
      const hash = sha256(new TextEncoder().encode(`${text} at ${scene.header.height}`));
      const vote = {
        type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
        height: scene.header.height,
        round: 0,
        blockId: { hash, partSetHeader: { total: 1, hash: sha256(hash) } },
        timestamp: scene.header.time,
      };
      return {
        ...vote,
        validatorAddress: signer.address,
        validatorIndex: found.index,
        signature: signer.sign(voteSignBytes(scene.header.chainId, vote)),
        extension: empty,
        extensionSignature: empty,
      };
    })
    .sort((a, b) => Buffer.compare(a.blockId.hash, b.blockId.hash));
  const [voteA, voteB] = votes;
  if (voteA === undefined || voteB === undefined) throw new Error('two votes were made');
  return {
    duplicateVoteEvidence: {
      voteA,
      voteB,
      totalVotingPower: totalPower(scene.validators),
      validatorPower: found.validator.power,
      timestamp: scene.header.time,
    },
  };
}

/**
 * A header with another application hash, signed by `signers`: a lunatic attack on light clients.
 */
export function makeLightClientAttack(
  scene: SceneOfMisbehaviour,
  signers: readonly Signer[],
): Evidence {
  const { validators } = scene;
  const header: Header = { ...scene.header, appHash: sha256(scene.header.appHash) };
  const hash = headerHash(header);
  const blockId: BlockID = { hash, partSetHeader: { total: 1, hash: sha256(hash) } };
  const vote = {
    type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
    height: header.height,
    round: 0,
    blockId,
    timestamp: header.time,
  };
  const guilty = validators.validators.flatMap((validator) => {
    const signer = signers.find(({ address }) => same(address, validator.address));
    return signer === undefined ? [] : [{ validator, signer }];
  });
  const commit: Commit = {
    height: header.height,
    round: 0,
    blockId,
    signatures: guilty.map(({ signer }) => ({
      blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
      validatorAddress: signer.address,
      timestamp: header.time,
      signature: signer.sign(voteSignBytes(header.chainId, vote)),
    })),
  };
  const wire = validators.validators.map(({ address, publicKey, power, priority }) => ({
    address,
    pubKey: { ed25519: publicKey },
    votingPower: power,
    proposerPriority: priority,
  }));
  return Evidence.fromPartial({
    lightClientAttackEvidence: {
      conflictingBlock: {
        signedHeader: { header, commit },
        validatorSet: { validators: wire, totalVotingPower: 0n },
      },
      commonHeight: header.height,
      byzantineValidators: wire.filter(({ address }) =>
        guilty.some(({ signer }) => same(signer.address, address)),
      ),
      totalVotingPower: totalPower(validators),
      timestamp: scene.header.time,
    },
  });
}

/** What the application is told: one entry for a duplicate vote, one a validator for an attack. */
export function misbehaviourOf(evidence: Evidence): Misbehavior[] {
  const { duplicateVoteEvidence: vote, lightClientAttackEvidence: attack } = evidence;
  if (vote !== undefined) {
    return [
      {
        type: MisbehaviorType.DUPLICATE_VOTE,
        validator: {
          address: vote.voteA?.validatorAddress ?? empty,
          power: vote.validatorPower,
        },
        height: vote.voteA?.height ?? 0n,
        time: vote.timestamp,
        totalVotingPower: vote.totalVotingPower,
      },
    ];
  }
  return attack === undefined ? [] : attackers(attack);
}

function attackers(attack: LightClientAttackEvidence): Misbehavior[] {
  return attack.byzantineValidators.map(({ address, votingPower }) => ({
    type: MisbehaviorType.LIGHT_CLIENT_ATTACK,
    validator: { address, power: votingPower },
    height: attack.commonHeight,
    time: attack.timestamp,
    totalVotingPower: attack.totalVotingPower,
  }));
}

/** @throws Error with CometBFT's sentence for the first thing that is wrong. */
export function verifyDuplicateVote(
  evidence: DuplicateVoteEvidence,
  scene: SceneOfMisbehaviour,
): void {
  const { voteA, voteB } = evidence;
  if (voteA === undefined || voteB === undefined)
    throw new Error('one or both of the votes are empty');
  const found = findValidator(scene.validators, voteA.validatorAddress);
  if (found === undefined) {
    throw new Error(
      `address ${hex(voteA.validatorAddress)} was not a validator at height ${voteA.height}`,
    );
  }
  if (voteA.height !== voteB.height || voteA.round !== voteB.round || voteA.type !== voteB.type) {
    throw new Error(
      `h/r/s does not match: ${voteA.height}/${voteA.round}/${voteA.type} vs ` +
        `${voteB.height}/${voteB.round}/${voteB.type}`,
    );
  }
  if (!same(voteA.validatorAddress, voteB.validatorAddress)) {
    throw new Error('validator addresses do not match');
  }
  if (same(voteA.blockId.hash, voteB.blockId.hash)) {
    throw new Error('block IDs are the same - not a real duplicate vote');
  }
  const { seconds, nanos } = scene.header.time;
  if (evidence.timestamp.seconds !== seconds || evidence.timestamp.nanos !== nanos) {
    throw new Error('evidence has a different time to the block it is associated with');
  }
  const total = totalPower(scene.validators);
  if (evidence.validatorPower !== found.validator.power || evidence.totalVotingPower !== total) {
    throw new Error(
      `voting power from the evidence and our validator set does not match ` +
        `(${evidence.validatorPower} of ${evidence.totalVotingPower} != ${found.validator.power} of ${total})`,
    );
  }
  for (const [name, vote] of Object.entries({ voteA, voteB })) {
    const message = voteSignBytes(scene.header.chainId, vote);
    if (!verify(vote.signature, message, found.validator.publicKey)) {
      throw new Error(`verifying V${name.slice(1)}: invalid signature`);
    }
  }
}

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false;
  }
}

/** Evidence that waits for a block. */
export class EvidencePool {
  #pending: Evidence[] = [];
  readonly #known = new Set<string>();

  get size(): number {
    return this.#pending.length;
  }

  /** Says whether the evidence is new. */
  add(evidence: Evidence): boolean {
    const id = hex(evidenceHashOf(evidence));
    if (this.#known.has(id)) return false;
    this.#known.add(id);
    this.#pending.push(evidence);
    return true;
  }

  /** What fits `maxBytes`, oldest first. */
  take(maxBytes: bigint): Evidence[] {
    let bytes = 0n;
    return this.#pending.filter((evidence) => {
      bytes += BigInt(Evidence.encode(evidence).finish().length) + 8n;
      return bytes <= maxBytes;
    });
  }

  committed(list: readonly Evidence[]): void {
    this.#pending = this.#pending.filter((evidence) => !list.includes(evidence));
    for (const evidence of list) this.#known.add(hex(evidenceHashOf(evidence)));
  }

  clear(): void {
    this.#pending = [];
    this.#known.clear();
  }
}

export function evidenceHashOf(evidence: Evidence): Uint8Array {
  return sha256(evidenceBytes(evidence));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
