/** Truths about the whole state of production, each computed from scratch. */
import { ceil } from '../_kernel/rational.ts';
import type { View } from '../_kernel/tables.ts';
import { fromStored, type tables } from './keys.ts';
import { DurabilityUnit, isThere, Label, type LotId, type ProductionId } from './types.ts';
import { residual } from './value.ts';

type ProductionView = View<typeof tables>;

/** They need no other module: so a genesis is checked by them, too. */
interface Truth {
  readonly name: string;
  readonly check: (view: ProductionView) => string | undefined;
}

export const invariants: readonly Truth[] = [
  { name: 'owners and their lots say the same', check: ownersAgree },
  { name: 'who holds a lot says so, too', check: holdersAgree },
  {
    name: 'durable goods are single; none that was not shared is booked below its residual',
    check: booked,
  },
  { name: 'work in progress is the sum of its workloads and open means', check: sumsAgree },
  { name: 'no wallet works twice at once', check: nobodyWorksTwice },
  { name: 'exclusive goods of a collective are those in its hands', check: goodsAgree },
  { name: 'hours of a segment are its workloads', check: hoursAgree },
  { name: 'pools hold the units of all shelves', check: shelvesAgree },
  { name: 'what a production took in is its inputs', check: inputsAgree },
  { name: 'each lot has an origin, and what was split off it', check: originsAgree },
  { name: 'votes are counted, and open ballots are listed', check: votesAgree },
];

function ownersAgree(view: ProductionView): string | undefined {
  let there = 0;
  for (const { key, value } of view.lots.range()) {
    const [lot] = key;
    if (value.lot !== lot) return `lot ${value.lot} stands under ${lot}`;
    if (value.quantity < 1n) return `lot ${lot} has the quantity ${value.quantity}`;
    if (view.lotsOf.has(value.owner, value.productType, lot) !== isThere(value)) {
      return `lot ${lot} is ${value.stage}, and its owner's list says otherwise`;
    }
    if (isThere(value)) there += 1;
  }
  const listed = [...view.lotsOf.range()].length;
  return listed === there ? undefined : `${listed} lots are listed, ${there} are there`;
}

function holdersAgree(view: ProductionView): string | undefined {
  for (const { value } of view.lots.range()) {
    const { lot, stage, heldBy } = value;
    if (stage === 'offered') {
      const transfer = view.transfers.get(heldBy);
      if (transfer?.lot !== lot || transfer.stage !== 'offered') return `lot ${lot} in no transfer`;
    }
    if (stage === 'allocated') {
      const allocation = view.allocations.get(heldBy);
      if (allocation?.lot !== lot || allocation.stage !== 'open') return `lot ${lot} in no work`;
    }
  }
  for (const { value } of view.transfers.range()) {
    if (value.stage !== 'offered') continue;
    const lot = view.lots.get(value.lot);
    if (lot?.stage !== 'offered' || lot.heldBy !== value.transfer || lot.owner !== value.from) {
      return `transfer ${value.transfer} offers lot ${value.lot}, which is not on offer`;
    }
  }
  for (const { key } of view.partsOf.range()) {
    const [production, id] = key;
    const lot = view.lots.get(id);
    if (lot?.stage !== 'part' || lot.heldBy !== production) return `lot ${id} is no part`;
    if (view.productions.get(production)?.stage !== 'open') return `${production} has ended`;
  }
  return undefined;
}

function booked(view: ProductionView): string | undefined {
  for (const { key, value } of view.compositions.range()) {
    const lot = view.lots.get(key[0]);
    if (lot === undefined) return `a composition of lot ${key[0]}, which is not there`;
    if (lot.quantity !== 1n) return `durable lot ${lot.lot} has the quantity ${lot.quantity}`;
    if (!isThere(lot)) continue;
    if (isShared(view, lot.lot)) continue;
    const exact = ceil(residual(fromStored(value), lot.used));
    if (lot.valueMs < exact) return `lot ${lot.lot} is booked at ${lot.valueMs}, below ${exact}`;
  }
  return undefined;
}

/**
 * What came off a shelf is booked at the average of its pool, a piece at its part of what was
 * booked (D2.8): both may be below R, and so may be what they are built into.
 */
function isShared(view: ProductionView, lot: LotId): boolean {
  const origin = view.origins.get(lot);
  if (origin?.kind === 'unshelved' || origin?.kind === 'separated') return true;
  if (origin?.kind !== 'produced') return false;
  const production = origin.production as ProductionId;
  for (const { value } of view.inputs.range({ prefix: [production] })) {
    if (value.kind === 'part' && isShared(view, value.lot as LotId)) return true;
  }
  return false;
}

function sumsAgree(view: ProductionView): string | undefined {
  const worked = new Map<bigint, bigint>();
  const waiting = new Map<bigint, bigint>();
  for (const { value } of view.workloads.range()) {
    if (value.stage === 'reversed') continue;
    if (value.stage === 'registered') {
      waiting.set(value.production, (waiting.get(value.production) ?? 0n) + 1n);
    }
    const before = worked.get(value.production) ?? 0n;
    worked.set(value.production, before + value.toMs - value.fromMs);
  }
  const means = new Map<bigint, bigint>();
  for (const { value } of view.allocations.range()) {
    if (value.stage === 'closed') continue;
    means.set(value.production, (means.get(value.production) ?? 0n) + 1n);
    const lot = view.lots.get(value.lot);
    if (lot?.stage !== 'allocated' || lot.heldBy !== value.allocation) {
      return `allocation ${value.allocation} does not hold lot ${value.lot}`;
    }
  }
  for (const { value } of view.productions.range()) {
    const { production, workedMs, openMeans, stage, unsigned } = value;
    if (unsigned !== (waiting.get(production) ?? 0n)) return `unsigned work of ${production}`;
    if (workedMs !== (worked.get(production) ?? 0n)) return `the hours of ${production} differ`;
    if (openMeans !== (means.get(production) ?? 0n)) return `the means of ${production} differ`;
    if (stage !== 'open' && openMeans > 0n) return `${production} has ended with means at work`;
  }
  return undefined;
}

/** G of row 2-N1: lots and means at their books, and work in progress. */
function goodsAgree(view: ProductionView): string | undefined {
  const goods = new Map<bigint, bigint>();
  const add = (owner: bigint, valueMs: bigint): void => {
    if (valueMs > 0n) goods.set(owner, (goods.get(owner) ?? 0n) + valueMs);
  };
  for (const { value } of view.lots.range()) {
    if (isThere(value) && value.label === Label.EXCLUSIVE) add(value.owner, value.valueMs);
  }
  for (const { value } of view.productions.range()) {
    const { label, stage, producer, consumedMs, transferredMs, workedMs } = value;
    if (label !== Label.EXCLUSIVE || stage !== 'open') continue;
    add(producer, consumedMs + transferredMs + workedMs);
  }
  const kept = [...view.exclusiveGoods.range()];
  if (kept.length !== goods.size) return `${kept.length} collectives have goods, not ${goods.size}`;
  const wrong = kept.find(({ key, value }) => goods.get(key[0]) !== value);
  if (wrong === undefined) return undefined;
  return `${wrong.key[0]} has ${goods.get(wrong.key[0])} ms in hand, not ${wrong.value}`;
}

function hoursAgree(view: ProductionView): string | undefined {
  const hours = new Map<string, bigint>();
  const paired = new Map<bigint, string>();
  for (const { key, value } of view.pairs.range()) {
    for (const { workload } of value) paired.set(workload, `${key[0]} in ${key[1]}`);
  }
  for (const { value } of view.workloads.range()) {
    const name = `${value.producer} in ${value.segment}`;
    const amount = value.stage === 'reversed' ? 0n : value.toMs - value.fromMs;
    hours.set(name, (hours.get(name) ?? 0n) + amount);
    const pair = value.stage === 'reversed' ? name : undefined;
    if (paired.get(value.workload) !== pair) return `the pair of ${value.workload} differs`;
  }
  for (const { key, value } of view.sums.range()) {
    const name = `${key[0]} in ${key[1]}`;
    if (value.aMs !== (hours.get(name) ?? 0n)) return `the hours of ${name} differ`;
    hours.delete(name);
  }
  const [forgotten] = hours.keys();
  return forgotten === undefined ? undefined : `${forgotten} has no sums`;
}

function nobodyWorksTwice(view: ProductionView): string | undefined {
  let last: { readonly wallet: string; readonly toMs: bigint } | undefined;
  let intervals = 0;
  for (const { key, value } of view.worked.range()) {
    const [wallet, fromMs] = key;
    if (last?.wallet === wallet && last.toMs > fromMs) return `${wallet} works twice at ${fromMs}`;
    last = { wallet, toMs: value.toMs };
    intervals += 1;
  }
  const standing = [...view.workloads.range()].filter(({ value }) => value.stage !== 'reversed');
  return standing.length === intervals
    ? undefined
    : `${standing.length} workloads, ${intervals} intervals`;
}

/** Of all components together: which store is where is for trust to say. */
function shelvesAgree(view: ProductionView): string | undefined {
  const units = new Map<bigint, bigint>();
  const add = (type: bigint, more: bigint): void => {
    units.set(type, (units.get(type) ?? 0n) + more);
  };
  for (const { key, value } of view.pools.range()) {
    add(key[1], value.units);
    if (value.units === 0n) return `the pool of ${key[1]} has ${value.valueMs} ms for 0 units`;
  }
  for (const { key, value } of view.shelves.range()) add(key[1], -value);
  const [wrong] = [...units].find(([, left]) => left !== 0n) ?? [];
  if (wrong !== undefined) return `pools and shelves of type ${wrong} differ`;
  const pieces = new Map<string, bigint>();
  for (const { key } of view.shelved.range()) {
    const [store, type, lot] = key;
    if (view.lots.get(lot)?.stage !== 'shelved') return `lot ${lot} is on no shelf`;
    pieces.set(`${store} ${type}`, (pieces.get(`${store} ${type}`) ?? 0n) + 1n);
  }
  for (const { key, value } of view.shelves.range()) {
    if (view.types.get(key[1])?.durabilityUnit === DurabilityUnit.UNSPECIFIED) continue;
    if (pieces.get(`${key[0]} ${key[1]}`) !== value) return `pieces of ${key[0]} are not ${value}`;
  }
  return undefined;
}

function inputsAgree(view: ProductionView): string | undefined {
  const taken = new Map<bigint, { consumed: bigint; means: bigint; count: bigint }>();
  for (const { key, value } of view.inputs.range()) {
    const [production, place] = key;
    const sums = taken.get(production) ?? { consumed: 0n, means: 0n, count: 0n };
    if (sums.count !== place) return `production ${production} has no input ${sums.count}`;
    if (value.kind === 'means') sums.means += value.valueMs;
    else sums.consumed += value.valueMs;
    sums.count += 1n;
    taken.set(production, sums);
  }
  for (const { value } of view.productions.range()) {
    const { production, consumedMs, transferredMs, inputs } = value;
    const { consumed, means, count } = taken.get(production) ?? none;
    if (count !== inputs) return `production ${production} has ${count} inputs, not ${inputs}`;
    if (consumed !== consumedMs || means !== transferredMs) return `inputs of ${production} differ`;
  }
  return undefined;
}

const none = { consumed: 0n, means: 0n, count: 0n };

function originsAgree(view: ProductionView): string | undefined {
  const splits = new Map<bigint, bigint>();
  for (const { key, value } of view.splits.range()) {
    const origin = view.origins.get(value);
    if (origin?.lots[0] !== key[0] || origin.place !== key[1]) return `split ${value} of ${key[0]}`;
    splits.set(key[0], (splits.get(key[0]) ?? 0n) + 1n);
  }
  for (const { value } of view.lots.range()) {
    if (!view.origins.has(value.lot)) return `lot ${value.lot} comes from nowhere`;
    if (value.splits !== (splits.get(value.lot) ?? 0n)) return `the splits of lot ${value.lot}`;
  }
  return undefined;
}

function votesAgree(view: ProductionView): string | undefined {
  const counted = new Map<bigint, { yes: bigint; no: bigint }>();
  for (const { key, value } of view.votes.range()) {
    const { yes, no } = counted.get(key[0]) ?? { yes: 0n, no: 0n };
    counted.set(key[0], { yes: yes + value, no: no + 1n - value });
  }
  const listed = new Set(Array.from(view.pending.range(), ({ key }) => key[1] as bigint));
  for (const { value } of view.ballots.range()) {
    const { ballot, yes, no, stage, subject, electorate } = value;
    const sums = counted.get(ballot) ?? { yes: 0n, no: 0n };
    if (sums.yes !== yes || sums.no !== no) return `the votes on ${ballot} differ`;
    if (stage === 'passed' && 2n * yes <= electorate) return `ballot ${ballot} has no majority`;
    const lasts = subject === 'category' || subject === 'parameters';
    const isPending = stage === 'open' || (stage === 'passed' && lasts);
    if (listed.has(ballot) !== isPending) return `ballot ${ballot} is ${stage}, its list differs`;
  }
  return undefined;
}
