/**
 * Transactions before they are sent: built, signed in either mode, joined from several signers, and
 * as JSON documents in the form of the Cosmos SDK. Pure; keys and accounts are handed in.
 */
import { makeSignDoc as makeAminoSignDoc, type Pubkey, serializeSignDoc } from '@cosmjs/amino';
import { type EncodeObject, encodePubkey, makeSignBytes, makeSignDoc } from '@cosmjs/proto-signing';
import type { Coin } from 'cosmjs-types/cosmos/base/v1beta1/coin';
import { SignMode } from 'cosmjs-types/cosmos/tx/signing/v1beta1/signing';
import {
  AuthInfo,
  Fee,
  type ModeInfo,
  SignerInfo,
  Tx,
  TxBody,
  TxRaw,
} from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { fromProtoJson, toProtoJson } from './proto-json.ts';
import { aminoTypes, messageOf, registry } from './registry.ts';

export interface UnsignedParts {
  readonly messages: readonly EncodeObject[];
  readonly memo?: string;
  /** Last height at which it may be taken in; 0 for any. */
  readonly timeoutHeight?: bigint;
  readonly feeUhub: bigint;
  readonly gasLimit: bigint;
  /** Pays instead of the first signer, and signs, too. */
  readonly feePayer?: string;
  /** Pays by an allowance that it has granted to who would pay; does not sign. */
  readonly feeGranter?: string;
}

/** A transaction that nobody has signed yet. */
export function unsignedTx(parts: UnsignedParts): Tx {
  return {
    body: TxBody.fromPartial({
      messages: parts.messages.map((message) => registry.encodeAsAny(message)),
      memo: parts.memo ?? '',
      timeoutHeight: parts.timeoutHeight ?? 0n,
    }),
    authInfo: AuthInfo.fromPartial({
      fee: Fee.fromPartial({
        amount: coinsOf(parts.feeUhub),
        gasLimit: parts.gasLimit,
        payer: parts.feePayer ?? '',
        granter: parts.feeGranter ?? '',
      }),
    }),
    signatures: [],
  };
}

/** Coins of an amount: none for zero, since the chain knows no coin of zero. */
export function coinsOf(amountUhub: bigint): Coin[] {
  return amountUhub === 0n ? [] : [{ denom: 'uhub', amount: amountUhub.toString() }];
}

/** Bytes to broadcast. */
export function txBytes(tx: Tx): Uint8Array {
  return TxRaw.encode({
    bodyBytes: bodyBytes(tx),
    authInfoBytes: AuthInfo.encode(authInfoOf(tx)).finish(),
    signatures: tx.signatures,
  }).finish();
}

function bodyBytes(tx: Tx): Uint8Array {
  return TxBody.encode(bodyOf(tx)).finish();
}

function bodyOf(tx: Tx): TxBody {
  return tx.body ?? TxBody.fromPartial({});
}

function authInfoOf(tx: Tx): AuthInfo {
  return tx.authInfo ?? AuthInfo.fromPartial({});
}

/** The messages, decoded. Throws on a type that this version does not know. */
export function messagesOf(tx: Tx): readonly EncodeObject[] {
  return bodyOf(tx).messages.map(({ typeUrl, value }) => {
    const message = messageOf(typeUrl);
    if (message === undefined) throw new Error(`message type ${typeUrl} is not known`);
    return { typeUrl, value: message.codec.decode(value) };
  });
}

/**
 * Who must sign, in this order: signers of the messages as they come, then a fee payer of its own.
 */
export function signersOf(tx: Tx): readonly string[] {
  const signers = messagesOf(tx).flatMap(
    ({ typeUrl, value }) => messageOf(typeUrl)?.signers(value) ?? [],
  );
  const payer = authInfoOf(tx).fee?.payer ?? '';
  return [...new Set(payer === '' ? signers : [...signers, payer])];
}

export type SignModeName = 'direct' | 'amino';

const modes = {
  direct: SignMode.SIGN_MODE_DIRECT,
  amino: SignMode.SIGN_MODE_LEGACY_AMINO_JSON,
} as const;

/** What one signer says of itself in the transaction. */
export function signerInfo(pubkey: Pubkey, mode: SignModeName, sequence: bigint): SignerInfo {
  return infoWith(pubkey, { single: { mode: modes[mode] } }, sequence);
}

/** As `signerInfo`, for a multisig key that is signed by the members of `signed`, in key order. */
export function multisigInfo(
  pubkey: Pubkey,
  signed: readonly boolean[],
  sequence: bigint,
): SignerInfo {
  const elems = new Uint8Array(Math.ceil(signed.length / 8));
  signed.forEach((has, index) => {
    const byte = index >> 3;
    if (has) elems[byte] = (elems[byte] ?? 0) | (0x80 >> (index % 8));
  });
  const single = { single: { mode: modes.amino } };
  const modeInfos = signed.filter(Boolean).map(() => single);
  const bitarray = { elems, extraBitsStored: signed.length % 8 };
  return infoWith(pubkey, { multi: { bitarray, modeInfos } }, sequence);
}

function infoWith(pubkey: Pubkey, modeInfo: ModeInfo, sequence: bigint): SignerInfo {
  return SignerInfo.fromPartial({ publicKey: encodePubkey(pubkey), modeInfo, sequence });
}

/** The transaction with one more signer at the end. */
export function withSigner(tx: Tx, info: SignerInfo, signature: Uint8Array): Tx {
  const authInfo = authInfoOf(tx);
  return {
    body: bodyOf(tx),
    authInfo: { ...authInfo, signerInfos: [...authInfo.signerInfos, info] },
    signatures: [...tx.signatures, signature],
  };
}

/** Where a signature counts: one account of one chain. */
export interface SigningAccount {
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
}

/** What is signed in SIGN_MODE_DIRECT; `info` is the signer's own, which the signature covers. */
export function directSignBytes(tx: Tx, info: SignerInfo, account: SigningAccount): Uint8Array {
  const authInfo = authInfoOf(withSigner(tx, info, new Uint8Array()));
  const authInfoBytes = AuthInfo.encode(authInfo).finish();
  return makeSignBytes(
    makeSignDoc(bodyBytes(tx), authInfoBytes, account.chainId, account.accountNumber),
  );
}

/**
 * What is signed in SIGN_MODE_LEGACY_AMINO_JSON, by single keys and by members of a multisig key.
 */
export function aminoSignBytes(tx: Tx, account: SigningAccount): Uint8Array {
  const { memo, timeoutHeight } = bodyOf(tx);
  const fee = authInfoOf(tx).fee ?? Fee.fromPartial({});
  return serializeSignDoc(
    makeAminoSignDoc(
      messagesOf(tx).map((message) => aminoTypes.toAmino(message)),
      {
        amount: fee.amount,
        gas: fee.gasLimit.toString(),
        ...(fee.payer === '' ? {} : { payer: fee.payer }),
        ...(fee.granter === '' ? {} : { granter: fee.granter }),
      },
      account.chainId,
      memo,
      account.accountNumber.toString(),
      account.sequence.toString(),
      timeoutHeight === 0n ? undefined : timeoutHeight,
    ),
  );
}

/** The JSON document of a transaction, signed or not, as the Cosmos SDK writes it. */
export function txToJson(tx: Tx): unknown {
  return toProtoJson(Tx.toJSON({ ...tx, body: bodyOf(tx), authInfo: authInfoOf(tx) }));
}

/** Reads what `txToJson` and the Cosmos SDK write. Throws with the field that can't be read. */
export function txFromJson(json: unknown): Tx {
  const root = objectAt(json, 'the transaction');
  const { messages } = objectAt(root.body, 'body');
  if (!Array.isArray(messages)) throw new Error('body.messages is not a JSON list');
  objectAt(root.auth_info, 'auth_info');
  return Tx.fromJSON(fromProtoJson(root));
}

function objectAt(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error(`${where} is not a JSON object`);
}
