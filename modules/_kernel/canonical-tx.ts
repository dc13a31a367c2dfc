/**
 * The one encoding of a message that nobody signs: no memo, timeout, fee or signer, and the gas
 * limit that its module fixes. Any other would be free spam.
 */
import { AuthInfo, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { MessageWire } from './module.ts';

/** @example canonicalTx(finalRevision, message)  // bytes to broadcast */
export function canonicalTx<M>(
  {
    typeUrl,
    codec,
    unsigned,
  }: Pick<MessageWire<M, never>, 'typeUrl' | 'codec'> & {
    readonly unsigned: { readonly gasLimit: bigint };
  },
  message: M,
): Uint8Array {
  const value = codec.encode(message).finish();
  return TxRaw.encode({
    bodyBytes: TxBody.encode(TxBody.fromPartial({ messages: [{ typeUrl, value }] })).finish(),
    authInfoBytes: AuthInfo.encode(
      AuthInfo.fromPartial({ fee: { gasLimit: unsigned.gasLimit } }),
    ).finish(),
    signatures: [],
  }).finish();
}
