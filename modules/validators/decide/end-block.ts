/** How a block ends: the condemned go, fees are paid, consensus learns the new set. */
import { type Address, addressFromBytes } from '../../_kernel/address.ts';
import { accept, type Context } from '../../_kernel/decider.ts';
import { mulDivFloor } from '../../_kernel/rational.ts';
import { uhub } from '../../_kernel/units.ts';
import {
  compareBytes,
  type Member,
  othersHavePower,
  parametersOf,
  strongest,
  type ValidatorsView,
} from '../power.ts';
import {
  feeCollector,
  type ValidatorsEvent,
  type ValidatorsPorts,
  type ValidatorUpdate,
} from '../types.ts';
import { type Rules, removal } from './bonds.ts';

/** Never refuses. Without anything to say it says nothing. */
export const EndBlock: Rules['EndBlock'] = (view, _command, context, ports) => {
  const condemned = replaceable(view);
  const gone = condemned === undefined ? undefined : removal(view, condemned, context);
  const members = strongest(view, condemned === undefined ? [] : [condemned]);
  const updates = difference(view, members);
  const events: readonly ValidatorsEvent[] = [
    ...(gone?.events ?? []),
    ...distribute(view, members, context, ports),
    ...(updates.length > 0 ? [{ type: 'ValidatorSetChanged', updates } as const] : []),
  ];
  return accept(events, gone?.timers ?? []);
};

/** The condemned validator, where another has power by now. There is never more than one. */
function replaceable(view: ValidatorsView): Address | undefined {
  for (const { key } of view.condemned.range({ limit: 1 })) {
    const [owner] = key;
    if (othersHavePower(view, [owner])) return owner;
  }
  return undefined;
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
