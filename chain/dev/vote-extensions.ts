/** Vote extensions (ABCI 2.0), where the consensus parameters enable them. */
import { ResponseVerifyVoteExtension_VerifyStatus } from 'cosmjs-types/tendermint/abci/types';
import type { Block } from 'cosmjs-types/tendermint/types/block';
import type { Application } from '../abci/application.ts';
import { extensionSignBytes } from '../client/hashing.ts';
import { finalizeRequest } from './block-maker.ts';
import type { ChainState } from './chain-state.ts';
import type { Signer } from './signer.ts';

/** By the voter's address in upper-case hex; for the next proposal. */
export type VoteExtensions = ReadonlyMap<
  string,
  { readonly voteExtension: Uint8Array; readonly extensionSignature: Uint8Array }
>;

/**
 * Asks for the extension of each validator that votes for `block`.
 *
 * @param state before the block.
 * @throws Error where the application refuses an extension that it made itself.
 */
export async function extendVotes(
  app: Application,
  state: ChainState,
  block: Block,
  signerOf: (address: Uint8Array) => Signer | undefined,
): Promise<VoteExtensions> {
  const { height } = block.header;
  const enabledFrom = state.params.abci.voteExtensionsEnableHeight;
  const extensions = new Map<
    string,
    { voteExtension: Uint8Array; extensionSignature: Uint8Array }
  >();
  if (enabledFrom === 0n || height < enabledFrom) return extensions;
  const { decidedLastCommit, ...request } = finalizeRequest(state, block);
  for (const { address } of state.validators.validators) {
    const signer = signerOf(address);
    if (signer === undefined) continue;
    const { voteExtension } = await app.extendVote({
      ...request,
      proposedLastCommit: decidedLastCommit,
    });
    const { status } = await app.verifyVoteExtension({
      hash: request.hash,
      validatorAddress: address,
      height,
      voteExtension,
    });
    if (status !== ResponseVerifyVoteExtension_VerifyStatus.ACCEPT) {
      throw new Error(`the application refuses its own vote extension at height ${height}`);
    }
    const message = extensionSignBytes(state.chainId, {
      extension: voteExtension,
      height,
      round: 0,
    });
    extensions.set(Buffer.from(address).toString('hex').toUpperCase(), {
      voteExtension,
      extensionSignature: signer.sign(message),
    });
  }
  return extensions;
}
