/** How a block ends: the condemned go, fees are paid, consensus learns the new set. */
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { present } from '../../_kernel/assert.ts';
import { accept, type Context, type Timer } from '../../_kernel/decider.ts';
import { mulDivFloor } from '../../_kernel/rational.ts';
import { uhub } from '../../_kernel/units.ts';
import {
  compareBytes,
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
  const removed: Address[] = [];
  let id = nextUnbonding(view);
  for (const { key } of view.condemned.range()) {
    const [owner] = key;
    if (!othersHavePower(view, [...removed, owner])) break;
    removed.push(owner);
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
  const collected = ports.balanceUhub(feeCollector) ?? uhub(0n);
  if (collected === 0n) return [];
  const total = members.reduce((sum, { power }) => sum + power, 0n);
  const payouts = members
    .map(({ owner, power }) => ({
      owner: addressFromBytes(owner),
      amountUhub: uhub(mulDivFloor(collected, power, total)),
    }))
    .filter(({ amountUhub }) => amountUhub > 0n);
  if (payouts.length === 0) return [];
  const paid = payouts.reduce((sum, { amountUhub }) => sum + amountUhub, 0n);
  return [{ type: 'FeesDistributed', payouts, carriedUhub: uhub(collected - paid) }];
}

/** What consensus must be told for its set to be `members`: one update a key, in key order. */
function difference(view: ValidatorsView, members: readonly Member[]): readonly ValidatorUpdate[] {
  const updates: ValidatorUpdate[] = [];
  const wanted = members
    .map(({ pubKey, power }) => ({ pubKey, power }))
    .sort((a, b) => compareBytes(a.pubKey, b.pubKey));
  let at = 0;
  for (const { key, value: told } of view.told.range()) {
    const [pubKey] = key;
    let next = wanted[at];
    while (next !== undefined && compareBytes(next.pubKey, pubKey) < 0) {
      updates.push(next);
      at += 1;
      next = wanted[at];
    }
    const stays = next !== undefined && compareBytes(next.pubKey, pubKey) === 0;
    const power = stays ? (next?.power ?? 0n) : 0n;
    if (power !== told) updates.push({ pubKey, power });
    if (stays) at += 1;
  }
  return [...updates, ...wanted.slice(at)];
}
