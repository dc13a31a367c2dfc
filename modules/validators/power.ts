/** Who has how much power: reads that rules and queries share. */

import { sha256 } from '@noble/hashes/sha2.js';
import {
  type Address,
  addressBytes,
  addressFromBytes,
  type ConsensusAddress,
  consensusAddressFromBytes,
} from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { View } from '../_kernel/tables.ts';
import type { tables } from './keys.ts';
import { type Parameters, uhubPerPower, type Validator } from './types.ts';

export type ValidatorsView = View<typeof tables>;

export interface Member {
  /** Raw. PERF: nobody reads the text in an idle block, and it costs more than all the rest. */
  readonly owner: Uint8Array;
  readonly pubKey: Uint8Array;
  readonly power: bigint;
}

/** Genesis has set them. */
export function parametersOf(view: ValidatorsView): Parameters {
  return present(view.parameters.get(), 'the parameters of validators');
}

/** Whole hub of the bond, rounded down; the condemned keep 1 at least, lest the set be empty. */
export function powerOf({ stage, bondUhub }: Validator): bigint {
  const power = bondUhub / uhubPerPower;
  if (stage === 'active') return power;
  if (stage === 'condemned') return power > 0n ? power : 1n;
  return 0n;
}

/**
 * The strongest validators, at most as many as the parameters allow. Ties: the higher owner bytes.
 */
export function strongest(
  view: ValidatorsView,
  without: readonly Address[] = [],
): readonly Member[] {
  const limit = Number(parametersOf(view).maxValidators);
  const left = without.map(addressBytes);
  const rows = view.ranking.range({ reverse: true, limit: limit + left.length });
  const members = Array.from(rows, ({ key: [power, owner], value: pubKey }) => ({
    owner,
    pubKey,
    power,
  }));
  return members.filter(({ owner }) => !includes(left, owner)).slice(0, limit);
}

/** Whether anybody outside `without` has power. */
export function othersHavePower(view: ValidatorsView, without: readonly Address[]): boolean {
  const left = without.map(addressBytes);
  for (const { key } of view.ranking.range({ reverse: true, limit: left.length + 1 })) {
    if (!includes(left, key[1])) return true;
  }
  return false;
}

export interface Tally {
  readonly yesPower: bigint;
  readonly totalPower: bigint;
}

/** Counts the power of today's set; `ballot` counts as if it were stored. */
export function tally(
  view: ValidatorsView,
  change: bigint,
  ballot?: { readonly voter: Address; readonly yes: boolean },
): Tally {
  let [yesPower, totalPower] = [0n, 0n];
  for (const { owner: raw, power } of strongest(view)) {
    totalPower += power;
    const owner = addressFromBytes(raw);
    const yes = owner === ballot?.voter ? ballot.yes : view.votes.get(change, owner);
    if (yes === true) yesPower += power;
  }
  return { yesPower, totalPower };
}

/** CometBFT's address of a key: the first 20 bytes of its SHA-256. */
export function consensusBytes(pubKey: Uint8Array): Uint8Array {
  return sha256(pubKey).subarray(0, 20);
}

export function consensusAddress(pubKey: Uint8Array): ConsensusAddress {
  return consensusAddressFromBytes(consensusBytes(pubKey));
}

/** Order of equally long bytes, as CometBFT sorts keys. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, at) => byte !== b[at]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function includes(list: readonly Uint8Array[], bytes: Uint8Array): boolean {
  return list.some((other) => compareBytes(other, bytes) === 0);
}
