/** Signs transactions of test accounts by hand, so that a test can make any part of one wrong. */
import { createRequire } from 'node:module';
import { sha256 } from '@noble/hashes/sha2.js';
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { PubKey } from 'cosmjs-types/cosmos/crypto/secp256k1/keys';
import { SignMode } from 'cosmjs-types/cosmos/tx/signing/v1beta1/signing';
import { AuthInfo, Fee, SignDoc, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { Any } from 'cosmjs-types/google/protobuf/any';

const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  ecdsaSign(
    digest: Uint8Array,
    privateKey: Uint8Array,
  ): { readonly signature: Uint8Array; readonly recid: number };
};

export interface SigningKey {
  readonly address: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface Envelope {
  readonly messages: readonly Any[];
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
  /** Empty for a fee without any coin. */
  readonly feeUhub?: string;
  readonly feeDenom?: string;
  readonly gasLimit?: bigint;
  readonly memo?: string;
  readonly timeoutHeight?: bigint;
}

/** One signer, SIGN_MODE_DIRECT. */
export function signedTx(key: SigningKey, envelope: Envelope): Uint8Array {
  const { bodyBytes, authInfoBytes } = unsigned(key, envelope);
  const { chainId, accountNumber } = envelope;
  const document = SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber }).finish();
  const { signature } = native.ecdsaSign(sha256(document), key.privateKey);
  return TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signature] }).finish();
}

/** As `signedTx`, with a signature of the caller's. */
export function forgedTx(key: SigningKey, envelope: Envelope, signature: Uint8Array): Uint8Array {
  return TxRaw.encode({ ...unsigned(key, envelope), signatures: [signature] }).finish();
}

function unsigned(key: SigningKey, envelope: Envelope) {
  const { messages, sequence, feeUhub, feeDenom, gasLimit, memo, timeoutHeight } = envelope;
  const amount = feeUhub === '' ? [] : [{ denom: feeDenom ?? 'uhub', amount: feeUhub ?? '500' }];
  const bodyBytes = TxBody.encode(
    TxBody.fromPartial({
      messages: [...messages],
      memo: memo ?? '',
      timeoutHeight: timeoutHeight ?? 0n,
    }),
  ).finish();
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [
      {
        publicKey: {
          typeUrl: '/cosmos.crypto.secp256k1.PubKey',
          value: PubKey.encode({ key: key.publicKey }).finish(),
        },
        modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT } },
        sequence,
      },
    ],
    fee: Fee.fromPartial({ amount, gasLimit: gasLimit ?? 200_000n }),
  }).finish();
  return { bodyBytes, authInfoBytes };
}

export function sendMessage(fromAddress: string, toAddress: string, amount: string): Any {
  const value = MsgSend.encode({
    fromAddress,
    toAddress,
    amount: [{ denom: 'uhub', amount }],
  }).finish();
  return { typeUrl: '/cosmos.bank.v1beta1.MsgSend', value };
}
