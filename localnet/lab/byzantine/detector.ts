/**
 * Finds a fork, and who is guilty of it: reads the commits of every node, as anybody could who
 * sees their RPC. A validator that signed both blocks of one round is proved to have lied; of
 * different rounds it may have had reasons, so it is only suspected.
 */
import { type Commit, SignedMsgType, type Vote } from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import { parseCommit } from '../../../chain/client/header.ts';
import { callRpc } from '../../../chain/node/rpc.ts';
import type { LabNode } from '../node.ts';
import type { SeenBlock } from '../watch.ts';

export type ForkKind = 'equivocation (provable)' | 'amnesia suspected';

/** One of the two blocks of a height. */
export interface ForkSide {
  /** Who has it. */
  readonly nodes: readonly string[];
  readonly commit: Commit;
}

export interface Fork {
  readonly height: number;
  readonly sides: readonly [ForkSide, ForkSide];
  readonly kind: ForkKind;
  /** Consensus addresses that signed both, each with its place in the validator set. */
  readonly guilty: readonly { readonly address: Uint8Array; readonly index: number }[];
}

type Blocks = ReadonlyMap<string, ReadonlyMap<number, SeenBlock>>;

/** A height at which nodes have different blocks, with the nodes of each. */
export interface ForkedHeight {
  readonly height: number;
  readonly sides: readonly (readonly string[])[];
}

/** From the lowest one on. */
export function forkedHeights(blocks: Blocks): readonly ForkedHeight[] {
  const heights = new Set([...blocks.values()].flatMap((own) => [...own.keys()]));
  return [...heights]
    .sort((a, b) => a - b)
    .map((height) => {
      const sides = new Map<string, string[]>();
      for (const [node, own] of blocks) {
        const id = own.get(height)?.id;
        if (id !== undefined) sides.set(id, [...(sides.get(id) ?? []), node]);
      }
      return { height, sides: [...sides.values()] };
    })
    .filter(({ sides }) => sides.length > 1);
}

/**
 * Both commits of a height, and what they prove.
 *
 * @throws RpcError where a node of either side does not tell its commit
 */
export async function readFork(
  { height, sides }: ForkedHeight,
  nodes: readonly LabNode[],
): Promise<Fork> {
  const [one, other] = await Promise.all(
    sides.slice(0, 2).map((names) => readSide(height, names, nodes)),
  );
  if (one === undefined || other === undefined) throw new Error('a fork has two sides');
  return { height, sides: [one, other], ...judge(one.commit, other.commit) };
}

async function readSide(
  height: number,
  names: readonly string[],
  nodes: readonly LabNode[],
): Promise<ForkSide> {
  const [first] = nodes.filter(({ name, running }) => running && names.includes(name));
  if (first === undefined) throw new Error(`none of ${names.join(', ')} runs and can be asked`);
  const answer = (await callRpc(first.plan.rpcUrl, 'commit', { height: String(height) })) as {
    signed_header: { commit: unknown };
  };
  return { nodes: names, commit: parseCommit(answer.signed_header.commit) };
}

/** Who signed both commits, and what that proves. */
export function judge(one: Commit, other: Commit): Pick<Fork, 'kind' | 'guilty'> {
  const guilty = one.signatures.flatMap((signature, index) => {
    if (signature.blockIdFlag !== BlockIDFlag.BLOCK_ID_FLAG_COMMIT) return [];
    const address = signature.validatorAddress;
    const again = signatureOf(other, address);
    return again === undefined ? [] : [{ address, index }];
  });
  return {
    kind: one.round === other.round ? 'equivocation (provable)' : 'amnesia suspected',
    guilty,
  };
}

function signatureOf(commit: Commit, address: Uint8Array) {
  return commit.signatures.find(
    ({ blockIdFlag, validatorAddress }) =>
      blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_COMMIT &&
      Buffer.compare(validatorAddress, address) === 0,
  );
}

/** The vote that a validator gave to a commit. */
export function voteIn(commit: Commit, address: Uint8Array): Vote {
  const signature = signatureOf(commit, address);
  if (signature === undefined) throw new Error('the validator did not sign this commit');
  return {
    type: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
    height: commit.height,
    round: commit.round,
    blockId: commit.blockId,
    timestamp: signature.timestamp,
    validatorAddress: address,
    validatorIndex: commit.signatures.indexOf(signature),
    signature: signature.signature,
    extension: new Uint8Array(),
    extensionSignature: new Uint8Array(),
  };
}
