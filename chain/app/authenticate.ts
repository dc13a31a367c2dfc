/** Who signed: admission of a transaction by the accounts module, then its signatures, with their gas. */
import { present } from '../../modules/_kernel/assert.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import type { View } from '../../modules/_kernel/tables.ts';
import { uhub } from '../../modules/_kernel/units.ts';
import { signatureCosts } from '../../modules/accounts/gas.ts';
import type { tables as accountsTables } from '../../modules/accounts/keys.ts';
import { parametersOf } from '../../modules/accounts/queries.ts';
import type { AdmitTransaction, Parameters } from '../../modules/accounts/types.ts';
import type { TxSigner } from '../tx/decode.ts';
import {
  type PublicKey,
  publicKeyFromBytes,
  publicKeyToBytes,
  publicKeyUrls,
} from '../tx/public-key.ts';
import type { Meter } from './gas.ts';
import type { Machine } from './machine.ts';
import type { Transaction } from './transaction.ts';

/** What a signature is checked against. */
export interface Signed {
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly signer: TxSigner;
  readonly publicKey: PublicKey;
}

/** True only for a valid signature; remembers what it found true. */
export interface SignatureVerifier {
  verify(tx: Transaction['parsed'], signed: Signed): boolean;
}

export class Authenticator {
  readonly #chainId: string;
  readonly #verifier: SignatureVerifier;

  constructor(chainId: string, verifier: SignatureVerifier) {
    this.#chainId = chainId;
    this.#verifier = verifier;
  }

  /**
   * Runs on the machine's current overlay. Fee, sequences and keys are the accounts module's rules;
   * signatures are checked after them, so that a stale sequence is named as such. A simulation asks
   * for neither signature nor key, and pays the gas of both.
   */
  admit(
    machine: Machine,
    { parsed, feeUhub }: Transaction,
    meter: Meter,
    mode: 'verify' | 'simulate',
  ): Refusal | undefined {
    const { height } = machine.context;
    const { timeoutHeight, fee, memo, signers, size } = parsed;
    if (timeoutHeight !== 0n && height > timeoutHeight) {
      return sdk.timeout_height({
        what: `block height ${height} is above the timeout height ${timeoutHeight}: tx timeout height`,
      });
    }
    const [first] = signers;
    if (first === undefined)
      return sdk.no_signatures({ what: 'nobody signs: no signatures supplied' });
    const accounts = machine.view('accounts') as View<typeof accountsTables>;
    const parameters = parametersOf(accounts);
    meter.charge(size * Number(parameters.txSizeCostPerByte));
    const command: AdmitTransaction = {
      type: 'AdmitTransaction',
      signers: signers.map((signer) => admitted(signer, mode)),
      feePayer: fee.payer ?? first.address,
      feeUhub: uhub(feeUhub),
      memoBytes: Buffer.byteLength(memo),
      signatures: signers.reduce((sum, signer) => sum + signatureCount(signer), 0),
    };
    const refusal = machine.command('accounts', command);
    if (refusal !== undefined) return refusal;
    for (const signer of signers) {
      const account = present(accounts.accounts.get(signer.address), `account ${signer.address}`);
      if (account.pubKey.length === 0) continue;
      const key = publicKeyFromBytes(account.pubKey);
      if (key.type === 'problem')
        return sdk.invalid_pubkey({ what: `the account's key ${key.problem}` });
      meter.charge(signatureGas(key, signer, parameters));
      if (mode === 'simulate') continue;
      const signed = {
        chainId: this.#chainId,
        accountNumber: account.number,
        signer,
        publicKey: key,
      };
      if (!this.#verifier.verify(parsed, signed)) return badSignature(signed);
    }
    return undefined;
  }
}

function admitted(
  signer: TxSigner,
  mode: 'verify' | 'simulate',
): AdmitTransaction['signers'][number] {
  const { address, sequence, publicKey } = signer;
  if (publicKey === undefined) {
    // A simulation may leave the key out; any key would do for what it costs.
    return mode === 'simulate'
      ? { address, sequence, pubKeyAny: simulatedKey }
      : { address, sequence };
  }
  return { address, sequence, pubKeyAny: publicKeyToBytes(publicKey) };
}

/** Stands for the key of an account that has not signed yet, in simulations. */
const simulatedKey = publicKeyToBytes({
  type: 'secp256k1',
  bytes: Uint8Array.of(2, ...new Uint8Array(32).fill(1)),
});

function signatureCount({ mode }: TxSigner): number {
  return mode.type === 'multi' ? mode.modes.length : 1;
}

/** A multisig pays for each member that signed. */
function signatureGas(key: PublicKey, { mode }: TxSigner, parameters: Parameters): number {
  const cost = (type: 'secp256k1' | 'ed25519'): number =>
    Number(parameters[signatureCosts[publicKeyUrls[type]]]);
  if (key.type !== 'multisig') return cost(key.type);
  const signed = mode.type === 'multi' ? mode.signed : [];
  return key.members.reduce((sum, { type }, index) => sum + (signed[index] ? cost(type) : 0), 0);
}

function badSignature({ accountNumber, signer, chainId }: Signed): Refusal {
  return sdk.unauthorized({
    what:
      `signature verification failed; please verify account number (${accountNumber}), ` +
      `sequence (${signer.sequence}) and chain-id (${chainId}): unauthorized`,
  });
}
