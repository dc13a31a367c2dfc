/** Truths about the whole state of production, each computed from scratch. */
import { ceil } from '../_kernel/rational.ts';
import type { View } from '../_kernel/tables.ts';
import { fromStored, type tables } from './keys.ts';
import { Label, type Lot } from './types.ts';
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
  { name: 'durable goods are single and booked at their residual at least', check: booked },
  { name: 'work in progress is the sum of its workloads and open means', check: sumsAgree },
  { name: 'no wallet works twice at once', check: nobodyWorksTwice },
  { name: 'exclusive goods of a collective are those in its hands', check: goodsAgree },
  { name: 'hours of a segment are its workloads', check: hoursAgree },
];

const isThere = ({ stage }: Lot): boolean =>
  stage === 'free' || stage === 'offered' || stage === 'allocated';

function ownersAgree(view: ProductionView): string | undefined {
  let there = 0;
  for (const { key, value } of view.lots.range()) {
    const [lot] = key;
    if (value.lot !== lot) return `lot ${value.lot} stands under ${lot}`;
    if (value.quantity < 1n) return `lot ${lot} has the quantity ${value.quantity}`;
    if (view.lotsOf.has(value.owner, lot) !== isThere(value)) {
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
    const exact = ceil(residual(fromStored(value), lot.used));
    if (lot.valueMs < exact) return `lot ${lot.lot} is booked at ${lot.valueMs}, below ${exact}`;
  }
  return undefined;
}

function sumsAgree(view: ProductionView): string | undefined {
  const worked = new Map<bigint, bigint>();
  for (const { value } of view.workloads.range()) {
    if (value.stage === 'reversed') continue;
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
    const { production, workedMs, openMeans, stage } = value;
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
  for (const { value } of view.workloads.range()) {
    const name = `${value.producer} in ${value.segment}`;
    const amount = value.stage === 'reversed' ? 0n : value.toMs - value.fromMs;
    hours.set(name, (hours.get(name) ?? 0n) + amount);
    const isPaired = view.pairs.has(value.producer, value.segment, value.workload);
    if (isPaired !== (value.stage === 'reversed')) return `the pair of ${value.workload} differs`;
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
    last = { wallet, toMs: value };
    intervals += 1;
  }
  const standing = [...view.workloads.range()].filter(({ value }) => value.stage !== 'reversed');
  return standing.length === intervals
    ? undefined
    : `${standing.length} workloads, ${intervals} intervals`;
}
