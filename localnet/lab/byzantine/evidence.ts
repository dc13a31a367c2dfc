/** Evidence against a lab's validators, made with their own keys and handed to nodes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { Vote } from 'cosmjs-types/tendermint/types/types';
import { consensusAddress } from '../../../chain/client/hashing.ts';
import { parseHeader, parseValidators } from '../../../chain/client/header.ts';
import { makeDuplicateVote, type SceneOfMisbehaviour } from '../../../chain/dev/misbehaviour.ts';
import { evidenceJson } from '../../../chain/dev/rpc/json.ts';
import { type Signer, signerFromSeed } from '../../../chain/dev/signer.ts';
import { totalPower } from '../../../chain/dev/validator-set.ts';
import { nodeHome } from '../../../chain/node/home.ts';
import { readValidatorSecret } from '../../../chain/node/keys.ts';
import { callRpc } from '../../../chain/node/rpc.ts';
import type { LabNodePlan } from '../plan.ts';

/** What can be wrong with a proof of two votes. */
export const flaws = ['signature', 'chain', 'stranger', 'power', 'time', 'future'] as const;
export type Flaw = (typeof flaws)[number];

/** The key of a node's validator. */
export async function signerOf(plan: LabNodePlan): Promise<Signer> {
  return signerFromSeed(await readValidatorSecret(nodeHome(plan.home)));
}

/** The header and the validators of a height, as a node tells them. @throws RpcError */
export async function sceneAt(url: string, height: number): Promise<SceneOfMisbehaviour> {
  const at = { height: String(height) };
  const { signed_header: signed } = (await callRpc(url, 'commit', at)) as {
    signed_header: { header: unknown };
  };
  const answer = await callRpc(url, 'validators', { ...at, per_page: '100' });
  const validators = parseValidators(answer).map(({ publicKey, power }) => ({
    address: consensusAddress(publicKey),
    publicKey,
    power,
    priority: 0n,
  }));
  return {
    header: parseHeader(signed.header),
    validators: { validators, proposer: validators[0]?.address ?? new Uint8Array() },
  };
}

/** Two votes of one validator at a height, with at most one thing wrong about them. */
export function doubleVote(scene: SceneOfMisbehaviour, signer: Signer, flaw?: Flaw): Evidence {
  const { header, validators } = scene;
  switch (flaw) {
    case undefined:
      return makeDuplicateVote(scene, signer);
    case 'chain': {
      const elsewhere = { ...header, chainId: `${header.chainId}-other` };
      return makeDuplicateVote({ header: elsewhere, validators }, signer);
    }
    case 'stranger': {
      const stranger = signerFromSeed(sha256(signer.publicKey));
      const { address, publicKey } = stranger;
      const joined = [...validators.validators, { address, publicKey, power: 10n, priority: 0n }];
      return makeDuplicateVote(
        { header, validators: { ...validators, validators: joined } },
        stranger,
      );
    }
    case 'time': {
      const later = { ...header.time, seconds: header.time.seconds + 1n };
      return makeDuplicateVote({ header: { ...header, time: later }, validators }, signer);
    }
    case 'future': {
      const ahead = { ...header, height: header.height + 1_000_000n };
      return makeDuplicateVote({ header: ahead, validators }, signer);
    }
    case 'power':
    case 'signature':
      return changed(makeDuplicateVote(scene, signer), flaw);
  }
}

function changed(evidence: Evidence, flaw: 'power' | 'signature'): Evidence {
  const { duplicateVoteEvidence: votes } = evidence;
  if (votes?.voteA === undefined) throw new Error('a proof of two votes has two votes');
  if (flaw === 'power') {
    const power = votes.validatorPower + 1n;
    return { duplicateVoteEvidence: { ...votes, validatorPower: power } };
  }
  const signature = votes.voteA.signature.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  return { duplicateVoteEvidence: { ...votes, voteA: { ...votes.voteA, signature } } };
}

/**
 * Two votes of one round that a validator really gave, of two commits.
 *
 * @param scene of the chain that is to take the proof
 */
export function provenBy(
  scene: SceneOfMisbehaviour,
  publicKey: Uint8Array,
  votes: readonly [Vote, Vote],
): Evidence {
  const { header, validators } = scene;
  const guilty = validators.validators.find(
    (validator) => Buffer.compare(validator.publicKey, publicKey) === 0,
  );
  const [voteA, voteB] = [...votes].sort((a, b) => Buffer.compare(a.blockId.hash, b.blockId.hash));
  return Evidence.fromPartial({
    duplicateVoteEvidence: {
      ...(voteA && { voteA }),
      ...(voteB && { voteB }),
      totalVotingPower: totalPower(validators),
      validatorPower: guilty?.power ?? 0n,
      timestamp: header.time,
    },
  });
}

/** Hands evidence to a node, and gives its hash. @throws RpcError with the node's reason */
export async function broadcast(url: string, evidence: Evidence): Promise<string> {
  const answer = (await callRpc(url, 'broadcast_evidence', {
    evidence: evidenceJson(evidence),
  })) as { hash: string };
  return answer.hash;
}
