/** Accounts in the order of opening: an account's number is its place in the list. */
import { addressBytes, addressFromBytes, addressLength } from '../_kernel/address.ts';
import { AddressSet } from '../_kernel/address-set.ts';
import { present } from '../_kernel/assert.ts';
import { Json, LazyList, toBase64 } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import { defaultParameters, readParameters, writeParameters } from './parameters.ts';
import { parametersOf } from './queries.ts';
import type { AccountsEvent } from './types.ts';

interface AccountJson {
  readonly address: string;
  /** Left out where the account has not signed yet. */
  readonly sequence?: string;
  readonly pubKey?: string;
}

export interface GenesisJson {
  /** Those left out have their default. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly accounts: Iterable<AccountJson>;
}

export const defaultGenesis: GenesisJson = {
  parameters: writeParameters(defaultParameters),
  accounts: [],
};

export function* importState(state: unknown): Iterable<AccountsEvent> {
  const json = new Json(state, 'app_state.accounts').only('parameters', 'accounts');
  const parameters = readParameters(json.field('parameters'), defaultParameters);
  yield { type: 'ParametersSet', ...parameters };
  const addresses = new AddressSet();
  for (const account of json.field('accounts').items()) {
    const events = importAccount(account, BigInt(addresses.size));
    const address = account.field('address').address();
    if (!addresses.add(address)) account.refuse(`${address} stands here twice`);
    yield* events;
  }
}

export function exportState(view: View<typeof tables>): GenesisJson {
  const accounts = new LazyList(() => accountsInOrder(view));
  return { parameters: writeParameters(parametersOf(view)), accounts };
}

/** By their numbers, which count up from 0: of all accounts only the addresses are in memory. */
function* accountsInOrder(view: View<typeof tables>): Iterable<AccountJson> {
  const count = Number(view.nextNumber.get() ?? 0n);
  const addresses = new Uint8Array(count * addressLength);
  for (const { key, value } of view.accounts.range()) {
    addresses.set(addressBytes(key[0]), Number(value.number) * addressLength);
  }
  for (let at = 0; at < addresses.length; at += addressLength) {
    const address = addressFromBytes(addresses.slice(at, at + addressLength));
    const { sequence, pubKey } = present(view.accounts.get(address), `account ${address}`);
    yield {
      address,
      ...(sequence === 0n ? {} : { sequence: sequence.toString() }),
      ...(pubKey.length === 0 ? {} : { pubKey: toBase64(pubKey) }),
    };
  }
}

function importAccount(json: Json, number: bigint): readonly AccountsEvent[] {
  json.only('address', 'sequence', 'pubKey');
  const address = json.field('address').address();
  const sequence = json.has('sequence') ? json.field('sequence').uint64() : 0n;
  const pubKey = json.has('pubKey') ? json.field('pubKey').bytes() : new Uint8Array();
  if (sequence > 0n && pubKey.length === 0) json.refuse('has a sequence but no pubKey');
  const events: AccountsEvent[] = [{ type: 'AccountOpened', address, number }];
  if (pubKey.length > 0) events.push({ type: 'PublicKeySet', address, pubKey });
  if (sequence > 0n) events.push({ type: 'SequenceAdvanced', address, sequence });
  return events;
}
