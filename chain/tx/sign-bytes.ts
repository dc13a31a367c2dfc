/** The bytes that a signer signed: SIGN_MODE_DIRECT and SIGN_MODE_LEGACY_AMINO_JSON. */
import { SignDoc } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { ParsedTx } from './decode.ts';
import { signModes } from './mode-info.ts';

/** What a signature binds a transaction to, beside its own bytes. */
export interface SignerData {
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
}

/** The sign bytes of one mode; undefined for modes that are not supported. */
export function signBytes(tx: ParsedTx, mode: number, signer: SignerData): Uint8Array | undefined {
  switch (mode) {
    case signModes.direct:
      return directSignBytes(tx, signer);
    case signModes.legacyAminoJson:
      return Buffer.from(aminoSignDoc(tx, signer));
    default:
      return undefined;
  }
}

function directSignBytes(
  { bodyBytes, authInfoBytes }: ParsedTx,
  { chainId, accountNumber }: SignerData,
): Uint8Array {
  return SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber }).finish();
}

/** The amino sign document: JSON with sorted keys, `&<>` escaped as Go's encoder does. */
export function aminoSignDoc(tx: ParsedTx, signer: SignerData): string {
  const { coins, gasLimit, payer, granter } = tx.fee;
  const doc = {
    account_number: String(signer.accountNumber),
    chain_id: signer.chainId,
    fee: {
      amount: coins.map(({ denom, amount }) => ({ denom, amount: String(amount) })),
      gas: String(gasLimit),
      ...(granter === undefined ? {} : { granter }),
      ...(payer === undefined ? {} : { payer }),
    },
    memo: tx.memo,
    msgs: tx.messages.map(({ type, content }) => ({
      type: type.aminoType,
      value: type.toAmino(content),
    })),
    sequence: String(signer.sequence),
    ...(tx.timeoutHeight === 0n ? {} : { timeout_height: String(tx.timeoutHeight) }),
  };
  return JSON.stringify(sorted(doc)).replace(/[&<>]/g, (sign) => escapes[sign] ?? sign);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '\\u0026',
  '<': '\\u003c',
  '>': '\\u003e',
};

/** The value with the keys of every object in ascending order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
