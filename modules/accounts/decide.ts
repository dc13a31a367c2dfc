/** The rules of accounts: who may send a transaction, and what it pays for being let in. */
import type { Address } from '../_kernel/address.ts';
import { accept, type Decide } from '../_kernel/decider.ts';
import { Json, problemIn } from '../_kernel/json.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import type { tables } from './keys.ts';
import { readParameters } from './parameters.ts';
import { parametersOf } from './queries.ts';
import { refusals } from './refusals.ts';
import type { AccountsCommand, AccountsEvent } from './types.ts';

export const decide: Decide<typeof tables, AccountsCommand, AccountsEvent> = {
  AdmitTransaction(view, { signers, feePayer, feeGranter, feeUhub, memoBytes, signatures }) {
    const { maxMemoCharacters, txSigLimit } = parametersOf(view);
    if (BigInt(memoBytes) > maxMemoCharacters) return memoTooLarge(memoBytes, maxMemoCharacters);
    if (BigInt(signatures) > txSigLimit) return tooManySignatures(signatures, txSigLimit);
    if (!signers.some(({ address }) => address === feePayer)) return payerHasNotSigned(feePayer);
    const events: AccountsEvent[] = [];
    for (const { address, pubKeyAny, sequence } of signers) {
      const account = view.accounts.get(address);
      if (account === undefined) return unknownAccount(address);
      if (account.pubKey.length === 0 && pubKeyAny === undefined) return noPublicKey(address);
      if (account.sequence !== sequence) return wrongSequence(account.sequence, sequence);
      if (account.pubKey.length === 0 && pubKeyAny !== undefined) {
        events.push({ type: 'PublicKeySet', address, pubKey: pubKeyAny });
      }
      events.push({ type: 'SequenceAdvanced', address, sequence: sequence + 1n });
    }
    const payer = feeGranter ?? feePayer;
    if (feeUhub > 0n) events.push({ type: 'FeeCharged', payer, amountUhub: feeUhub });
    return accept(events);
  },

  OpenAccount(view, { address }) {
    if (view.accounts.has(address)) return accept([]);
    return accept([{ type: 'AccountOpened', address, number: view.nextNumber.get() ?? 0n }]);
  },

  SetParameters(view, { json }) {
    const read = () => readParameters(Json.parse(json, 'accounts'), parametersOf(view));
    const problem = problemIn(read);
    if (problem !== undefined) return refusals.malformed_parameters({ problem });
    return accept([{ type: 'ParametersSet', ...read() }]);
  },
};

function memoTooLarge(bytes: number, most: bigint): Refusal {
  return sdk.memo_too_large({ what: `the memo has ${bytes} bytes, more than ${most}` });
}

function tooManySignatures(signatures: number, most: bigint): Refusal {
  return sdk.too_many_signatures({ what: `${signatures} signatures, more than ${most}` });
}

function payerHasNotSigned(payer: Address): Refusal {
  return sdk.unauthorized({ what: `fee payer ${payer} has not signed: unauthorized` });
}

function unknownAccount(address: Address): Refusal {
  return sdk.unknown_address({ what: `account ${address} does not exist: unknown address` });
}

function noPublicKey(address: Address): Refusal {
  return sdk.invalid_pubkey({
    what: `account ${address} has no public key yet and none is given: invalid pubkey`,
  });
}

/** Wallets match this text. */
function wrongSequence(expected: bigint, got: bigint): Refusal {
  return sdk.wrong_sequence({
    what: `account sequence mismatch, expected ${expected}, got ${got}: incorrect account sequence`,
  });
}
