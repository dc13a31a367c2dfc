/** Steps of random histories: each mostly fits the state that it meets. */
import fc from 'fast-check';
import { separate } from '../composition.ts';
import { fromStored } from '../keys.ts';
import {
  type InternalCommand,
  Label,
  type ProductionCommand,
  type ProductionEvent,
  Use,
} from '../types.ts';
import { account, drive, flour, hour, minute, oven, segmentMs, World, worker } from './world.ts';

/** What others do. */
type Outside = 'burn' | 'join' | 'split' | 'wait';

export interface Step {
  readonly name: Exclude<ProductionCommand['type'], InternalCommand['type']> | Outside;
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
  WithdrawOrder: 4,
  ProposeCategory: 3,
  VoteCategory: 9,
  Shelve: 5,
  HandOver: 5,
  burn: 5,
  MergeLots: 7,
  Separate: 3,
  Unshelve: 4,
  join: 3,
  split: 2,
  wait: 8,
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
        ...(['RegisterWorkload', 'StornoWorkload', 'Output'] as const),
        ...(['MergeLots', 'Separate', 'Revalue', 'Shelve', 'Unshelve', 'HandOver'] as const),
        ...(['Inventory', 'ProposeCategory', 'VoteCategory', 'VoteProduction'] as const),
        ...(['CountersignWorkload', 'burn', 'join', 'split', 'wait'] as const),
      ] as const
    ).map((name) => ({ weight: weights[name] ?? 2, arbitrary: fc.constant(name) })),
  ),
  a: fc.bigInt(1n, 6n),
  b: fc.bigInt(1n, 6n),
  n: fc.bigInt(1n, 9n),
  flag: fc.boolean(),
});

/** Open productions, stores with goods on their shelves, and a piece that can be taken apart. */
export function lively(): World {
  const world = new World();
  world.stores.add(3n).add(4n);
  const lot = world.goods(40n, 7n * hour);
  world.ok('Transfer', { lot, quantity: 30n, to: 2n });
  world.ok('AcceptTransfer', { signer: account(2), transfer: 1n });
  world.ok('Transfer', { signer: account(2), lot: lot + 1n, quantity: 20n, to: 3n });
  world.ok('AcceptTransfer', { signer: account(3), transfer: 2n });
  world.ok('Shelve', { signer: account(3), lot: lot + 2n, quantity: 15n });
  world.join();
  world.stock(10n, 4);
  world.machine(oven, 5n, 5n * hour);
  world.begin({}, 100n * hour);
  const production = world.begin({ type: oven }, 100n * hour);
  const part = world.machine(oven, 9n, hour);
  world.ok('AllocateConsumptive', { production, lot: part, quantity: 1n, as: Use.PART });
  return world;
}

/** Most steps fit the state: the newest of each kind is taken, signed by whoever must. */
export function play(
  world: World,
  { name, a, b, n, flag }: Step,
): readonly ProductionEvent[] | string {
  world.later(n * minute);
  const woken = world.wake();
  const done =
    name === 'burn' || name === 'join' || name === 'split' || name === 'wait'
      ? outside(world, name, n)
      : command(world, { name, a, b, n, flag });
  return typeof done === 'string' ? done : [...woken, ...done];
}

function outside(world: World, name: Outside, n: bigint): readonly ProductionEvent[] {
  if (name === 'burn') {
    const amountMs = (n * hour) as never;
    return world.cause({ type: 'CountBurn', store: 3n as never, amountMs }).events;
  }
  if (name === 'wait') {
    world.later(n < 4n ? segmentMs : hour);
    return world.wake();
  }
  if (name === 'join') return world.isJoined ? [] : world.join();
  return world.isJoined && n < 4n ? world.split() : [];
}

function command(
  world: World,
  { name, a, b, n, flag }: Step & { readonly name: Exclude<Step['name'], Outside> },
): readonly ProductionEvent[] | string {
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
  const free = own.filter(({ stage }) => stage === 'free');
  const durable = free.filter((candidate) => view.compositions.has(candidate.lot));
  const input = own[Number(n) % Math.max(own.length, 1)];
  const means = durable[Number(n) % Math.max(durable.length, 1)];
  const of = (id: bigint | undefined) => account(Number(id ?? 1n));
  const [one, two] = [(a % 3n) + 1n, (b % 3n) + 1n];
  const type = [flour, oven, drive][Number(n % 3n)] ?? flour;
  const isCommon = view.commons.has(1n as never, type as never) && b > 1n;
  const other = free.find(
    (one) => one.lot !== input?.lot && one.productType === input?.productType,
  );
  const store = flag ? 3n : 4n;
  const shelf = [...view.shelves.range({ prefix: [store as never] })][Number(n % 2n)];
  const onShelf = shelf?.value ?? 0n;
  const piece = [...view.shelved.range({ prefix: [store as never] })][0]?.key[2] ?? 0n;
  const isPiece = shelf?.key[1] !== flour;
  const asked = [...view.ballots.range()].filter(
    ({ value }) => value.subject === 'category' && value.stage === 'open',
  );
  const ballot = pick(asked);
  const voter = BigInt(
    [...view.votes.range({ prefix: [ballot?.ballot ?? (0n as never)] })].length + 1,
  );
  const label = isCommon ? Label.COMMONS : Label.EXCLUSIVE;
  const fields: Readonly<Record<Exclude<Step['name'], Outside>, object>> = {
    DefineType: {},
    CountersignWorkload: { signer: workload?.wallet, workload: workload?.workload },
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
    MergeLots: {
      signer: of(input?.owner),
      lots: [input?.lot ?? 0n, other?.lot ?? 0n].toSorted((x, y) => Number(x - y)),
    },
    Separate: {
      ...{ signer: of(means?.owner), lot: means?.lot, reason: 'broken' },
      ...{ ownershipRef: means?.ownership, ...pieces(world, means?.lot, n) },
    },
    Revalue: {
      ...{ signer: of(means?.owner), lot: means?.lot, durability: n * 3n },
      element: view.compositions.get((means?.lot ?? 0n) as never)?.elements[0]?.id,
    },
    Shelve: {
      signer: of(lot?.owner),
      lot: lot?.lot,
      quantity: flag ? lot?.quantity : 1n,
    },
    Unshelve: {
      ...{ signer: of(store), collective: store, type: shelf?.key[1], quantity: 1n },
      lot: isPiece ? piece : 0n,
    },
    HandOver: {
      ...{ signer: of(store), collective: store, type: shelf?.key[1], quantity: 1n },
      lots: isPiece ? [piece] : [],
    },
    Inventory: {
      ...{ signer: of(store), collective: store, type: shelf?.key[1] ?? flour },
      counted: onShelf - (flag && onShelf > 0n ? 1n : 0n),
      missing: flag && onShelf > 0n && isPiece ? [piece] : [],
    },
    VoteProduction: {
      ...{ signer: of(one), collective: one, yes: flag },
      estimate: production && view.productions.get(production.production)?.estimate,
    },
    ProposeCategory: {
      ...{ signer: of(one), collective: one, type },
      label: view.commons.has(1n as never, type as never) ? Label.EXCLUSIVE : Label.COMMONS,
    },
    VoteCategory: { signer: of(voter), collective: voter, ballot: ballot?.ballot, yes: n > 2n },
    ProposeParameters: {},
    VoteParameters: {},
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

/** The loss of one element, and types for what is left of it. */
function pieces(world: World, lot: bigint | undefined, n: bigint): object {
  const stored = world.scenario.view.compositions.get((lot ?? 0n) as never);
  if (stored === undefined) return { lost: [1n], types: [] };
  const elements = fromStored(stored);
  const lost = [elements[Number(n) % elements.length]?.id ?? 0n];
  const left = separate(elements, lost).pieces.length;
  return { lost, types: Array.from({ length: left }, () => world.lot(lot ?? 0n).productType) };
}
