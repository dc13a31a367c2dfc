/** Steps of random histories: each mostly fits the state that it meets. */
import fc from 'fast-check';
import { Label, type ProductionCommand, type ProductionEvent } from '../types.ts';
import { account, drive, flour, hour, minute, oven, type World, worker } from './world.ts';

export interface Step {
  readonly name: Exclude<ProductionCommand['type'], 'SetParameters'> | 'makeCommon';
  readonly a: bigint;
  readonly b: bigint;
  readonly n: bigint;
  readonly flag: boolean;
}

export const weights: Readonly<Record<string, number>> = {
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

export const step: fc.Arbitrary<Step> = fc.record({
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
export function play(
  world: World,
  { name, a, b, n, flag }: Step,
): readonly ProductionEvent[] | string {
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
