/**
 * Who signed: admission of a transaction by the accounts module, then its signatures, with their
 * gas.
 */

import type { Address } from '../../modules/_kernel/address.ts';
import { present } from '../../modules/_kernel/assert.ts';
import { type Refusal, sdk } from '../../modules/_kernel/refusals.ts';
import type { View } from '../../modules/_kernel/tables.ts';
import { uhub } from '../../modules/_kernel/units.ts';
import { signatureCosts } from '../../modules/accounts/gas.ts';
import type { tables as accountsTables } from '../../modules/accounts/keys.ts';
import { parametersOf } from '../../modules/accounts/queries.ts';
import type { AdmitTransaction, Parameters } from '../../modules/accounts/types.ts';
import type { UseAllowance } from '../../modules/feegrant/types.ts';
import type { Account } from '../../proto/generated/artel/accounts/v1/state.ts';
import type { TxSigner } from '../tx/decode.ts';
import {
  type PublicKey,
  publicKeyFromBytes,
  publicKeyToBytes,
  publicKeyUrls,
} from '../tx/public-key.ts';
import { type SignatureVerifier, signingKeys } from '../tx/signatures.ts';
import type { Meter } from './gas.ts';
import type { Machine } from './machine.ts';
import type { Transaction } from './tx-reader.ts';

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
    tx: Transaction,
    meter: Meter,
    mode: 'verify' | 'simulate',
  ): Refusal | undefined {
    const { parsed, feeUhub } = tx;
    const { height } = machine.context;
    const { timeoutHeight, fee, memo, signers, size } = parsed;
    if (timeoutHeight !== 0n && height > timeoutHeight) {
      return sdk.timeout_height({
        what:
          `block height ${height} is above the timeout height ${timeoutHeight}: ` +
          'tx timeout height',
      });
    }
    const [first] = signers;
    if (first === undefined)
      return sdk.no_signatures({ what: 'nobody signs: no signatures supplied' });
    const accounts = machine.view('accounts') as View<typeof accountsTables>;
    const parameters = parametersOf(accounts);
    meter.charge(size * Number(parameters.txSizeCostPerByte));
    const feePayer = fee.payer ?? first.address;
    const feeGranter = fee.granter === feePayer ? undefined : fee.granter;
    const command: AdmitTransaction = {
      type: 'AdmitTransaction',
      signers: signers.map((signer) => admitted(signer, mode)),
      feePayer,
      ...(feeGranter === undefined ? {} : { feeGranter }),
      feeUhub: uhub(feeUhub),
      memoBytes: Buffer.byteLength(memo),
      signatures: signers.reduce((sum, signer) => sum + signatureCount(signer), 0),
    };
    const granted = this.#useAllowance(machine, tx, feePayer, feeGranter);
    if (granted !== undefined) return granted;
    const refusal = machine.command('accounts', command);
    if (refusal !== undefined) return refusal;
    for (const [index, signer] of signers.entries()) {
      const account = present(accounts.accounts.get(signer.address), 'the account of a signer');
      const publicKey = keyOf(account, signer);
      if (publicKey.type === 'problem') {
        return sdk.invalid_pubkey({ what: `the account's key ${publicKey.problem}` });
      }
      meter.charge(signatureGas(publicKey, signer, parameters));
      if (mode === 'simulate') continue;
      const signing = {
        chainId: this.#chainId,
        accountNumber: account.number,
        sequence: signer.sequence,
        publicKey,
      };
      const wrong = this.#verifier.verify(parsed, index, signing);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  /** A fee that another account pays needs its allowance, also where the fee is 0. */
  #useAllowance(
    machine: Machine,
    { parsed, feeUhub }: Transaction,
    grantee: Address,
    granter: Address | undefined,
  ): Refusal | undefined {
    if (granter === undefined) return undefined;
    if (!machine.has('feegrant')) {
      return sdk.not_supported({ what: 'this chain has no fee grants: feature not supported' });
    }
    const messages = parsed.messages.map(({ type }) => type.typeUrl);
    const command: UseAllowance = {
      type: 'UseAllowance',
      granter,
      grantee,
      feeUhub: uhub(feeUhub),
      messages,
    };
    return machine.command('feegrant', command);
  }
}

function admitted(
  signer: TxSigner,
  mode: 'verify' | 'simulate',
): AdmitTransaction['signers'][number] {
  const { address, sequence, publicKeyAny } = signer;
  if (publicKeyAny === undefined) {
    // A simulation may leave the key out; any key would do for what it costs.
    return mode === 'simulate'
      ? { address, sequence, pubKeyAny: simulatedKey }
      : { address, sequence };
  }
  return { address, sequence, pubKeyAny: publicKeyAny };
}

/** The account's key. PERF: mostly it came along with the transaction, parsed. */
function keyOf(account: Account, { publicKey, publicKeyAny }: TxSigner) {
  if (publicKey !== undefined && Buffer.compare(account.pubKey, publicKeyAny ?? none) === 0) {
    return publicKey;
  }
  return publicKeyFromBytes(account.pubKey);
}

const none = new Uint8Array();

/** Stands for the key of an account that has not signed yet, in simulations. */
const simulatedKey = publicKeyToBytes({
  type: 'secp256k1',
  bytes: Uint8Array.of(2, ...new Uint8Array(32).fill(1)),
});

function signatureCount({ mode }: TxSigner): number {
  return mode.type === 'multi' ? mode.modes.length : 1;
}

function signatureGas(key: PublicKey, { mode }: TxSigner, parameters: Parameters): number {
  return signingKeys(key, mode)
    .map(({ type }) => Number(parameters[signatureCosts[publicKeyUrls[type]]]))
    .reduce((sum, cost) => sum + cost, 0);
}
