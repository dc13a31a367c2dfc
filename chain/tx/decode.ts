/**
 * From the bytes of a transaction to what the host works with: parsed once, strictly, then trusted.
 * Depends on nothing but the bytes, the registered messages and the limits; never on other state.
 */
import '../client/binary-writer.ts';
import { hash } from 'node:crypto';
import {
  AuthInfo,
  type Fee,
  type SignerInfo,
  TxBody,
  TxRaw,
} from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import {
  type Address,
  addressBytes,
  isAddress,
  parseAddress,
} from '../../modules/_kernel/address.ts';
import type { MessageWire } from '../../modules/_kernel/module.ts';
import { isRefusal, type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import { readerOf } from './binary-reader.ts';
import { parseModeInfo, type SignMode } from './mode-info.ts';
import {
  type PublicKey,
  parsePublicKey,
  publicKeyAddress,
  publicKeyHash,
  publicKeyToBytes,
} from './public-key.ts';
import { standardAnyTypes, standardFields } from './standard-fields.ts';
import { type FieldTables, StrictProto } from './strict.ts';

/**
 * What is needed of a message to parse, order its signers and sign it; `MessageWire` has it all.
 */
export type TxMessageType = Pick<
  // biome-ignore lint/suspicious/noExplicitAny: each message has a type of its own.
  MessageWire<any, any>,
  'typeUrl' | 'codec' | 'signers' | 'aminoType' | 'toAmino'
>;

/** Bounds that a chain sets; see the parameters of the accounts module. */
export interface TxLimits {
  /** Size of the transaction, in bytes. */
  readonly maxTxBytes: number;
  readonly maxMessages: number;
  /** Length of the memo, in bytes of UTF-8. */
  readonly maxMemoBytes: number;
  /** Public keys over all signers; each member of a multisig counts. */
  readonly maxSignatures: number;
}

export interface TxMessage {
  readonly type: TxMessageType;
  /** The value of the `Any`. */
  readonly bytes: Uint8Array;
  /** What the type's codec made of it. */
  readonly content: unknown;
}

export interface TxCoin {
  readonly denom: string;
  readonly amount: bigint;
}

export interface TxFee {
  /** Ascending by denom, each once; amounts below 2^64, zero allowed. */
  readonly coins: readonly TxCoin[];
  readonly gasLimit: bigint;
  /** As written; undefined where the first signer pays. */
  readonly payer: Address | undefined;
  readonly granter: Address | undefined;
}

export interface TxSigner {
  readonly address: Address;
  /** The key that came along; it belongs to the address. Else the account's own key counts. */
  readonly publicKey: PublicKey | undefined;
  /** The key as an account stores it; undefined like the key. */
  readonly publicKeyAny: Uint8Array | undefined;
  readonly mode: SignMode;
  readonly sequence: bigint;
  readonly signature: Uint8Array;
}

export interface ParsedTx {
  readonly ok: true;
  /** What `transactionId` makes of the bytes. */
  readonly id: string;
  readonly size: number;
  readonly bodyBytes: Uint8Array;
  readonly authInfoBytes: Uint8Array;
  readonly messages: readonly TxMessage[];
  readonly memo: string;
  /** Last height at which it may be executed; 0 for none. */
  readonly timeoutHeight: bigint;
  readonly fee: TxFee;
  /** Who has to sign, in the order of the messages, then the fee payer. Empty: nobody has to. */
  readonly signers: readonly TxSigner[];
}

const fullNames = {
  TxRaw: 'cosmos.tx.v1beta1.TxRaw',
  TxBody: 'cosmos.tx.v1beta1.TxBody',
  AuthInfo: 'cosmos.tx.v1beta1.AuthInfo',
} as const;

const maxUint64 = 2n ** 64n - 1n;

/** SHA256 of the bytes, CometBFT's transaction hash, as text of one sign a byte (latin1). */
export function transactionId(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary');
}

export class TxDecoder {
  readonly #strict: StrictProto;
  readonly #types: ReadonlyMap<string, TxMessageType>;

  /** `fields` describes the messages of `types` that the standard tables do not. */
  constructor(types: readonly TxMessageType[], fields: FieldTables) {
    this.#types = new Map(types.map((type) => [type.typeUrl, type]));
    this.#strict = new StrictProto(
      [standardFields, fields],
      [...standardAnyTypes, ...this.#types.keys()],
    );
  }

  /**
   * The transaction, or why it is none. Refusals carry the Cosmos SDK's codes
   * (docs/transactions.md).
   *
   * @example decoder.decode(bytes, limits)  // { ok: true, messages, signers, fee, ... }
   */
  decode(
    bytes: Uint8Array,
    limits: TxLimits,
    id: string = transactionId(bytes),
  ): ParsedTx | Refusal {
    if (bytes.length > limits.maxTxBytes) {
      return sdk.tx_too_large({
        what: `${bytes.length} bytes are more than ${limits.maxTxBytes}: tx too large`,
      });
    }
    const badRaw = this.#check('TxRaw', bytes);
    if (badRaw !== undefined) return badRaw;
    const { bodyBytes, authInfoBytes, signatures } = TxRaw.decode(readerOf(bytes));
    const problem = this.#check('TxBody', bodyBytes) ?? this.#check('AuthInfo', authInfoBytes);
    if (problem !== undefined) return problem;
    const body = TxBody.decode(readerOf(bodyBytes));
    const authInfo = AuthInfo.decode(readerOf(authInfoBytes));

    const messages = this.#messages(body, limits);
    if (isRefusal(messages)) return messages;
    const memoBytes = Buffer.byteLength(body.memo);
    if (memoBytes > limits.maxMemoBytes) {
      return sdk.memo_too_large({
        what: `the memo has ${memoBytes} bytes, more than ${limits.maxMemoBytes}: memo too large`,
      });
    }
    const fee = parseFee(authInfo.fee);
    if (isRefusal(fee)) return fee;
    const addresses = signerAddresses(messages, fee.payer);
    if (isRefusal(addresses)) return addresses;
    const signers = parseSigners(addresses, authInfo.signerInfos, signatures, limits);
    if (isRefusal(signers)) return signers;
    return {
      ok: true,
      id,
      size: bytes.length,
      bodyBytes,
      authInfoBytes,
      messages,
      memo: body.memo,
      timeoutHeight: body.timeoutHeight,
      fee,
      signers,
    };
  }

  #check(part: keyof typeof fullNames, bytes: Uint8Array): Refusal | undefined {
    const found = this.#strict.check(fullNames[part], bytes);
    if (found === undefined) return undefined;
    if (found.unsupported) return sdk.not_supported({ what: `${part} ${found.problem}` });
    return sdk.tx_decode({ what: `${part} ${found.problem}: tx parse error` });
  }

  #messages(body: TxBody, { maxMessages }: TxLimits): readonly TxMessage[] | Refusal {
    if (body.messages.length === 0) {
      return sdk.invalid_request({ what: 'must contain at least one message: invalid request' });
    }
    if (body.messages.length > maxMessages) {
      return sdk.invalid_request({
        what: `${body.messages.length} messages are more than ${maxMessages}: invalid request`,
      });
    }
    const messages: TxMessage[] = [];
    for (const { typeUrl, value } of body.messages) {
      const type = this.#types.get(typeUrl);
      if (type === undefined) {
        return sdk.tx_decode({ what: `${typeUrl} is not a message: tx parse error` });
      }
      messages.push({ type, bytes: value, content: type.codec.decode(value) });
    }
    return messages;
  }
}

function parseFee(fee: Fee | undefined): TxFee | Refusal {
  const coins: TxCoin[] = [];
  for (const { denom, amount } of fee?.amount ?? []) {
    if (!/^(0|[1-9][0-9]{0,19})$/.test(amount) || BigInt(amount) > maxUint64) {
      return sdk.invalid_coins({
        what: `the fee amount ${quoted(amount)} is not a number below 2^64: invalid coins`,
      });
    }
    const last = coins.at(-1);
    if (denom === '' || (last !== undefined && denom <= last.denom)) {
      return sdk.invalid_coins({
        what: 'fee denoms must be given, ascending, each once: invalid coins',
      });
    }
    coins.push({ denom, amount: BigInt(amount) });
  }
  const payer = optionalAddress('fee payer', fee?.payer);
  if (isRefusal(payer)) return payer;
  const granter = optionalAddress('fee granter', fee?.granter);
  if (isRefusal(granter)) return granter;
  return { coins, gasLimit: fee?.gasLimit ?? 0n, payer, granter };
}

/** Signers of the messages in order, each once, then the fee payer (as the SDK orders them). */
function signerAddresses(
  messages: readonly TxMessage[],
  payer: Address | undefined,
): readonly Address[] | Refusal {
  const signers = new Set<Address>();
  for (const { type, content } of messages) {
    for (const text of type.signers(content)) {
      const address = givenAddress(`signer of ${type.typeUrl}`, text);
      if (isRefusal(address)) return address;
      signers.add(address);
    }
  }
  if (payer !== undefined) signers.add(payer);
  return [...signers];
}

function parseSigners(
  addresses: readonly Address[],
  infos: readonly SignerInfo[],
  signatures: readonly Uint8Array[],
  { maxSignatures }: TxLimits,
): readonly TxSigner[] | Refusal {
  const wanted = addresses.length;
  if (signatures.length === 0 && wanted > 0) {
    return sdk.no_signatures({ what: `${wanted} signers must sign: no signatures supplied` });
  }
  if (signatures.length !== wanted || infos.length !== wanted) {
    return sdk.unauthorized({
      what:
        `wrong number of signers; expected ${wanted}, got ${infos.length} signer infos and ` +
        `${signatures.length} signatures: unauthorized`,
    });
  }
  const signers: TxSigner[] = [];
  let keys = 0;
  for (const [i, address] of addresses.entries()) {
    const signer = parseSigner(i, address, infos[i], signatures[i]);
    if (isRefusal(signer)) return signer;
    keys += countKeys(signer);
    if (keys > maxSignatures) {
      return sdk.too_many_signatures({
        what: `more than ${maxSignatures} public keys sign: maximum number of signatures exceeded`,
      });
    }
    signers.push(signer);
  }
  return signers;
}

function parseSigner(
  index: number,
  address: Address,
  info: SignerInfo | undefined,
  signature: Uint8Array | undefined,
): TxSigner | Refusal {
  const mode = parseModeInfo(info?.modeInfo);
  if (info === undefined || signature === undefined || mode.type === 'problem') {
    const why = mode.type === 'problem' ? mode.problem : 'is missing';
    return sdk.tx_decode({ what: `signer_infos[${index}].mode_info ${why}: tx parse error` });
  }
  const base = { address, mode, sequence: info.sequence, signature };
  if (info.publicKey === undefined) {
    return { ...base, publicKey: undefined, publicKeyAny: undefined };
  }
  const publicKey = parsePublicKey(info.publicKey);
  if (publicKey.type === 'problem') {
    return sdk.invalid_pubkey({
      what: `signer_infos[${index}].public_key ${publicKey.problem}: invalid pubkey`,
    });
  }
  if (Buffer.compare(publicKeyHash(publicKey), addressBytes(address)) !== 0) {
    const owner = publicKeyAddress(publicKey);
    return sdk.invalid_pubkey({
      what: `the key of signer ${index} belongs to ${owner}, not to ${address}: invalid pubkey`,
    });
  }
  return { ...base, publicKey, publicKeyAny: publicKeyToBytes(publicKey) };
}

function countKeys({ publicKey, mode }: TxSigner): number {
  const members = publicKey?.type === 'multisig' ? publicKey.members.length : 1;
  return Math.max(members, mode.type === 'multi' ? mode.modes.length : 1);
}

function optionalAddress(what: string, text: string | undefined): Address | undefined | Refusal {
  return text === undefined || text === '' ? undefined : givenAddress(what, text);
}

function givenAddress(what: string, text: string): Address | Refusal {
  const address = parseAddress(text);
  if (isAddress(address)) return address;
  return sdk.invalid_address({
    what: `the ${what} ${quoted(text)} ${address.problem}: invalid address`,
  });
}

/** What a stranger wrote, fit for one line. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 90));
}
