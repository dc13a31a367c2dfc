/**
 * Random histories: after each message `World` checks the invariants, recomputed from scratch, and
 * that a refused one has changed nothing. Here the goods of all and the revisions are followed by
 * a ledger of its own, from the facts alone.
 */
import fc from 'fast-check';
import { Label, type ProductionCommand, type ProductionEvent } from '../types.ts';
import { account, drive, flour, hour, minute, oven, segmentMs, World, worker } from './world.ts';

interface Step {
  readonly name: ProductionCommand['type'] | 'makeCommon';
  readonly a: bigint;
  readonly b: bigint;
  readonly n: bigint;
  readonly flag: boolean;
}

const weights: Readonly<Record<string, number>> = {
  Collectivize: 6,
  Transfer: 5,
  AcceptTransfer: 5,
  Order: 4,
  Estimate: 6,
  StartProduction: 6,
  RegisterWorkload: 8,
  Output: 3,
  DeallocateMeans: 6,
  RejectOrder: 1,
  WithdrawOrder: 2,
  makeCommon: 1,
  AllocateMeans: 8,
  AllocateConsumptive: 6,
};

const step: fc.Arbitrary<Step> = fc.record({
  name: fc.oneof(
    ...(
      [
        ...([
          'Collectivize',
          'Transfer',
          'AcceptTransfer',
          'WithdrawTransfer',
          'WriteOff',
        ] as const),
        ...(['Order', 'WithdrawOrder', 'RejectOrder', 'Estimate', 'StartProduction'] as const),
        ...(['AllocateConsumptive', 'AllocateMeans', 'DeallocateMeans'] as const),
        ...(['RegisterWorkload', 'StornoWorkload', 'Output', 'makeCommon'] as const),
      ] as const
    ).map((name) => ({ weight: weights[name] ?? 2, arbitrary: fc.constant(name) })),
  ),
  a: fc.bigInt(1n, 6n),
  b: fc.bigInt(1n, 6n),
  n: fc.bigInt(1n, 9n),
  flag: fc.boolean(),
});

/** Most steps fit the state: the newest of each kind is taken, signed by whoever must. */
function play(world: World, { name, a, b, n, flag }: Step): readonly ProductionEvent[] | string {
  world.later(n * minute);
  if (name === 'makeCommon') {
    world.makeCommon([flour, oven, drive][Number(n % 3n)] ?? flour);
    return [];
  }
  const { view } = world.scenario;
  const pick = <V>(rows: Iterable<{ readonly value: V }>): V | undefined => {
    const all = Array.from(rows, ({ value }) => value);
    return all[all.length - 1 - (Number(a - 1n) % Math.max(all.length, 1))];
  };
  const lots = world.lots();
  const lot = lots[Number(b * 7n + n) % Math.max(lots.length, 1)];
  const orders = [...view.orders.range()];
  const due = name === 'Estimate' ? 'placed' : name === 'StartProduction' ? 'estimated' : undefined;
  const fitting = orders.filter(({ value }) => value.stage === due);
  const order = pick(fitting.length > 0 ? fitting : orders);
  const productions = [...view.productions.range()];
  const open = productions.filter(({ value }) => value.stage === 'open');
  const production = pick(open.length > 0 && n > 1n ? open : productions);
  const transfer = pick(view.transfers.range());
  const allocation = pick(view.allocations.range());
  const workload = pick(view.workloads.range());
  const own = lots.filter(({ owner }) => owner === production?.producer);
  const durable = own.filter((candidate) => view.compositions.has(candidate.lot));
  const input = own[Number(n) % Math.max(own.length, 1)];
  const means = durable[Number(n) % Math.max(durable.length, 1)];
  const of = (id: bigint | undefined) => account(Number(id ?? 1n));
  const [one, two] = [(a % 3n) + 1n, (b % 3n) + 1n];
  const type = [flour, oven, drive][Number(n % 3n)] ?? flour;
  const isCommon = view.commons.has(1n as never, type as never) && b > 1n;
  const label = isCommon ? Label.COMMONS : Label.EXCLUSIVE;
  const fields: Readonly<Record<Exclude<Step['name'], 'makeCommon'>, object>> = {
    DefineType: {},
    CountersignWorkload: {},
    Collectivize: {
      ...{ signer: of(one), collective: one, type, label, source: 1 },
      ...{ quantity: type === flour ? n : 1n, durability: type === flour ? 0n : n },
    },
    Transfer: {
      signer: of(lot?.owner),
      lot: lot?.lot,
      quantity: flag ? lot?.quantity : 1n,
      to: lot?.owner === 2n ? 1n + 2n * (a % 2n) : 2n,
    },
    AcceptTransfer: { signer: of(transfer?.to), transfer: transfer?.transfer },
    WithdrawTransfer: { signer: of(transfer?.from), transfer: transfer?.transfer },
    WriteOff: {
      ...{ signer: of(lot?.owner), lot: lot?.lot, quantity: 1n, reason: 'rain' },
      ownershipRef: lot?.ownership,
    },
    Order: {
      ...{ signer: of(one), collective: one, producer: flag ? one : two, type, quantity: n, label },
      deliveryTimeMs: world.now + hour,
    },
    WithdrawOrder: { signer: of(order?.orderer), order: order?.order },
    RejectOrder: { signer: of(order?.producer), order: order?.order, reason: 'over capacity' },
    Estimate: { signer: of(order?.producer), order: order?.order, valueMs: n },
    StartProduction: {
      signer: of(order?.producer),
      estimate: order?.stage === 'estimated' ? order.heldBy : 0n,
    },
    AllocateConsumptive: {
      ...{ signer: of(production?.producer), production: production?.production },
      ...{ lot: input?.lot, quantity: 1n, as: flag ? 1 : 2 },
    },
    AllocateMeans: {
      ...{ signer: of(production?.producer), production: production?.production, lot: means?.lot },
      repurpose: production?.label === Label.COMMONS && means?.label === Label.EXCLUSIVE,
    },
    DeallocateMeans: {
      signer: of(allocation && view.productions.get(allocation.production)?.producer),
      allocation: allocation?.allocation,
      used: n,
    },
    RegisterWorkload: {
      ...{ signer: of(production?.producer), production: production?.production },
      ...{ wallet: worker(Number(b)), fromMs: world.now - n * 1000n, toMs: world.now },
    },
    StornoWorkload: { signer: of(workload?.producer), workload: workload?.workload },
    Output: { signer: of(production?.producer), ...output(world, production, type) },
  };
  const { refused, events } = world.act(name, fields[name] as Readonly<Record<string, unknown>>);
  return refused ?? events;
}

/** All parts in one durable product, or all value in flour. */
function output(
  world: World,
  production: { readonly production: bigint; readonly label: Label } | undefined,
  type: bigint,
): object {
  const { view } = world.scenario;
  const found = production && view.productions.get(production.production as never);
  if (found === undefined) return {};
  const inputs = found.consumedMs + found.transferredMs + found.workedMs;
  const parts = [...view.partsOf.range({ prefix: [found.production] })].map(({ key }) => key[1]);
  const elements = parts.map((lot) => view.compositions.get(lot)?.elements.at(-1)?.id);
  const carried = parts.reduce((sum, id) => {
    const lot = world.lot(id);
    const isFree = lot.label === Label.COMMONS && found.label === Label.EXCLUSIVE;
    return isFree ? sum : sum + lot.valueMs;
  }, 0n);
  const own = inputs - carried;
  const durable = type === flour ? oven : type;
  const line =
    parts.length === 0 && type === flour
      ? { type: flour, quantity: 3n, valueMs: inputs }
      : {
          ...{ type: durable, quantity: 1n, valueMs: inputs },
          elements: [{ valueMs: own, durability: parts.length === 0 ? 7n : 0n, parts: elements }],
        };
  return { production: found.production, lines: [line] };
}

/** G and a - c - w of everybody together, from the facts alone (README, 2-N1). */
class Ledger {
  goods = 0n;
  net = 0n;

  take(event: ProductionEvent): void {
    switch (event.type) {
      case 'WorkloadRegistered':
      case 'WorkloadReversed': {
        const hours = event.toMs - event.fromMs;
        const sign = event.type === 'WorkloadRegistered' ? 1n : -1n;
        if (event.label === Label.EXCLUSIVE) this.#move(sign * hours);
        break;
      }
      case 'MeansDeallocated':
        if (event.repurposed) this.#move(-event.transferMs);
        break;
      case 'LotWrittenOff':
        if (event.label === Label.EXCLUSIVE) this.#move(-event.valueMs);
        break;
      case 'ProductionRejected':
        if (event.label === Label.EXCLUSIVE) this.#move(-event.lostMs);
        break;
      default:
        break;
    }
  }

  #move(valueMs: bigint): void {
    this.goods += valueMs;
    this.net += valueMs;
  }
}

test('goods in hand are always what was worked less what was lost, in any history', () => {
  const seen = new Map<string, number>();
  let repurposed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 120, size: 'max' }), (history) => {
      const world = new World();
      const ledger = new Ledger();
      world.begin();
      world.begin({ type: oven });
      for (const one of history) {
        const outcome = play(world, one);
        const name = typeof outcome === 'string' ? outcome : one.name;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        if (typeof outcome === 'string') continue;
        for (const event of outcome) {
          ledger.take(event);
          if (event.type === 'MeansDeallocated' && event.repurposed) repurposed += 1;
        }
      }
      const ids = [1n, 2n, 3n] as never[];
      const goods = ids.reduce((sum, id) => sum + world.reads.exclusiveGoods(id), 0n);
      const net = ids.reduce((sum, id) => {
        const { a, c, w } = world.reads.sumsFrom(id, (world.now / segmentMs - 1n) as never);
        return sum + a - c - w;
      }, 0n);
      expect([goods, net]).toEqual([ledger.goods, ledger.net]);
      expect(goods).toBe(net);
    }),
    { numRuns: 40, seed: 5 },
  );
  // Commands that are never accepted would prove nothing.
  const rare = Object.keys(weights).filter((name) => (seen.get(name) ?? 0) < 20);
  expect(rare).toEqual([]);
  expect(repurposed).toBeGreaterThan(0);
});
