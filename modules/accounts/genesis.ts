/** Accounts in the order of opening: an account's number is its place in the list. */
import { Json, toBase64 } from '../_kernel/json.ts';
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
  readonly accounts: readonly AccountJson[];
}

export const defaultGenesis: GenesisJson = {
  parameters: writeParameters(defaultParameters),
  accounts: [],
};

export function importState(state: unknown): readonly AccountsEvent[] {
  const json = new Json(state, 'app_state.accounts').only('parameters', 'accounts');
  const parameters = readParameters(json.field('parameters'), defaultParameters);
  const addresses = new Set<string>();
  const opened = json
    .field('accounts')
    .list()
    .flatMap((account, index) => {
      const events = importAccount(account, BigInt(index));
      const address = account.field('address').text();
      if (addresses.has(address)) account.refuse(`${address} stands here twice`);
      addresses.add(address);
      return events;
    });
  return [{ type: 'ParametersSet', ...parameters }, ...opened];
}

export function exportState(view: View<typeof tables>): GenesisJson {
  const rows = Array.from(view.accounts.range());
  const inOrder = rows.toSorted((a, b) => (a.value.number < b.value.number ? -1 : 1));
  const accounts = inOrder.map(({ key: [address], value: { sequence, pubKey } }) => ({
    address,
    ...(sequence === 0n ? {} : { sequence: sequence.toString() }),
    ...(pubKey.length === 0 ? {} : { pubKey: toBase64(pubKey) }),
  }));
  return { parameters: writeParameters(parametersOf(view)), accounts };
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
