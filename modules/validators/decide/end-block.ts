/** How a block ends: the condemned go, fees are paid, consensus learns the new set. */
import type { Address } from '../../_kernel/address.ts';
import { present } from '../../_kernel/assert.ts';
import { accept, type Context, type Timer } from '../../_kernel/decider.ts';
import { mulDivFloor } from '../../_kernel/rational.ts';
import { uhub } from '../../_kernel/units.ts';
import {
  consensusAddress,
  type Member,
  othersHavePower,
  parametersOf,
  strongest,
  type ValidatorsView,
} from '../power.ts';
import {
  feeCollector,
  type ValidatorsCommand,
  type ValidatorsEvent,
  type ValidatorsPorts,
  type ValidatorUpdate,
} from '../types.ts';
import { nextUnbonding, payout, type Rules, unbonding } from './bonds.ts';

/** Never refuses. Without anything to say it says nothing. */
export const EndBlock: Rules['EndBlock'] = (view, _command, context, ports) => {
  const { events, timers, removed } = removeCondemned(view, context);
  const members = strongest(view, removed);
  events.push(...distribute(view, members, context, ports));
  const updates = difference(view, members);
  if (updates.length > 0) events.push({ type: 'ValidatorSetChanged', updates });
  return accept(events, timers);
};

function removeCondemned(view: ValidatorsView, context: Context) {
  const events: ValidatorsEvent[] = [];
  const timers: Timer<ValidatorsCommand>[] = [];
  const removed = new Set<Address>();
  let id = nextUnbonding(view);
  for (const { key } of view.condemned.range()) {
    const [owner] = key;
    if (!othersHavePower(view, new Set([...removed, owner]))) break;
    removed.add(owner);
    const { pubKey, bondUhub } = present(view.validators.get(owner), `validator ${owner}`);
    events.push({ type: 'ValidatorRemoved', owner, consensusAddress: consensusAddress(pubKey) });
    if (bondUhub === 0n) continue;
    const begun = unbonding(view, owner, bondUhub, id, context);
    id += 1n;
    events.push(begun);
    timers.push(payout(begun));
  }
  return { events, timers, removed };
}

/** Each validator's share is rounded down; what is left waits for the next time. */
function distribute(
  view: ValidatorsView,
  members: readonly Member[],
  { height }: Context,
  ports: ValidatorsPorts,
): readonly ValidatorsEvent[] {
  if (height % parametersOf(view).feePeriodBlocks !== 0n) return [];
  const collected = ports.balanceUhub(feeCollector);
  if (collected === 0n) return [];
  const total = members.reduce((sum, { power }) => sum + power, 0n);
  const payouts = members
    .map(({ owner, power }) => ({ owner, amountUhub: uhub(mulDivFloor(collected, power, total)) }))
    .filter(({ amountUhub }) => amountUhub > 0n);
  if (payouts.length === 0) return [];
  const paid = payouts.reduce((sum, { amountUhub }) => sum + amountUhub, 0n);
  return [{ type: 'FeesDistributed', payouts, carriedUhub: uhub(collected - paid) }];
}

/** What consensus must be told for its set to be `members`: one update a key, in key order. */
export function difference(
  view: ValidatorsView,
  members: readonly Member[],
): readonly ValidatorUpdate[] {
  const wanted = new Map(members.map(({ pubKey, power }) => [pubKey.join(), power]));
  const updates: ValidatorUpdate[] = [];
  const known = new Set<string>();
  for (const { key, value: power } of view.told.range()) {
    const [pubKey] = key;
    const name = pubKey.join();
    known.add(name);
    const now = wanted.get(name) ?? 0n;
    if (now !== power) updates.push({ pubKey, power: now });
  }
  for (const { pubKey, power } of members) {
    if (!known.has(pubKey.join())) updates.push({ pubKey, power });
  }
  return updates.sort((a, b) => compareBytes(a.pubKey, b.pubKey));
}

/** Order of equally long keys, as CometBFT sorts them. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, at) => byte !== b[at]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
