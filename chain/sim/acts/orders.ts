/** Messages of a production, from the order to the output. */
import { Label } from '../../../proto/generated/artel/production/v1/state.ts';
import { Use } from '../../../proto/generated/artel/production/v1/tx.ts';
import type { SimLot, SimProduction } from '../world/records.ts';
import {
  type Act,
  by,
  greatest,
  least,
  type Make,
  type Scene,
  segmentStart,
  slice,
} from './act.ts';

const minuteMs = 60_000n;

export const orderActs: Readonly<Record<string, Make>> = {
  'production.Order': (scene) => {
    const { world, random, nowMs } = scene;
    const producer = world.collective(random);
    const partner = random.chance(40) ? world.neighbours.of(producer).look(random) : undefined;
    const orderer = partner ?? producer;
    // Commons rarely come about; what is made of them teaches much.
    const isCommon = ({ id }: { readonly id: bigint }): boolean => world.isCommon(orderer, id);
    const isOfUses = ({ unit }: { readonly unit: number }): boolean => unit === 2;
    const type =
      (random.chance(40) ? world.typeFor(random, orderer, isCommon) : undefined) ??
      (random.chance(40) ? world.typeFor(random, orderer, isOfUses) : undefined) ??
      world.typeFor(random, orderer);
    if (type === undefined) return undefined;
    const label = isCommon(type) && random.chance(80) ? Label.COMMONS : Label.EXCLUSIVE;
    return by(scene, orderer, 'production.Order', {
      collective: orderer,
      producer,
      type: type.id,
      quantity: type.unit > 0 ? 1n : BigInt(1 + random.below(20)),
      deliveryTimeMs: nowMs + 40n * 86_400_000n,
      label,
      refs: [],
    });
  },

  'production.WithdrawOrder': (scene) => {
    const { world, random } = scene;
    const order = (random.chance(50) ? world.placed : world.estimated).pick(random);
    if (order === undefined) return undefined;
    return by(scene, order.orderer, 'production.WithdrawOrder', { order: order.id });
  },

  'production.RejectOrder': (scene) => {
    const { world, random } = scene;
    const open = world.open.look(random, ({ openMeans }) => openMeans === 0);
    const order = random.chance(70) ? world.placed.pick(random) : open?.order;
    if (order === undefined) return undefined;
    const fields = { order: order.id, reason: 'no hands' };
    return by(scene, order.producer, 'production.RejectOrder', fields);
  },

  'production.Estimate': (scene) => {
    const { world, random, voteLimitMs } = scene;
    const order = world.placed.pick(random, ({ orderer, producer }) =>
      trusts(scene, orderer, producer),
    );
    if (order === undefined) return undefined;
    const limit = Number(voteLimitMs);
    const value = random.chance(8) ? limit + 1 + random.below(limit) : 1 + random.below(limit);
    const fields = { order: order.id, valueMs: BigInt(value) };
    return by(scene, order.producer, 'production.Estimate', fields);
  },

  'production.StartProduction': (scene) => {
    const { world, random, voteLimitMs } = scene;
    const order = world.estimated.pick(
      random,
      ({ orderer, producer, estimateMs }) =>
        trusts(scene, orderer, producer) && estimateMs <= voteLimitMs,
    );
    const approved = world.estimated.pick(
      random,
      ({ estimateMs, producer, orderer }) =>
        estimateMs > voteLimitMs && trusts(scene, orderer, producer) && random.chance(10),
    );
    const chosen = approved ?? order;
    if (chosen === undefined) return undefined;
    const fields = { estimate: chosen.estimate };
    return by(scene, chosen.producer, 'production.StartProduction', fields);
  },

  'production.AllocateConsumptive': (scene) => {
    const { world, random } = scene;
    const stocked = ({ producer }: SimProduction): boolean => world.freeOf.of(producer).size > 0;
    // What is built in can be taken out again, which needs parts.
    const durable = (each: SimProduction): boolean =>
      stocked(each) && world.unitOf(each.order.type) > 0 && each.parts.length < 2;
    const open =
      (random.chance(60) ? world.open.look(random, durable) : undefined) ??
      world.open.look(random, stocked);
    if (open === undefined) return undefined;
    const unit = world.unitOf(open.order.type);
    const fits = (lot: { readonly type: bigint; readonly label: number }): boolean =>
      open.order.label === Label.EXCLUSIVE || lot.label === Label.COMMONS;
    const part =
      unit === 0 || random.chance(20)
        ? undefined
        : world.freeOf
            .of(open.producer)
            .pick(
              random,
              (lot) =>
                fits(lot) && lot.used === 0n && world.unitOf(lot.type) === unit && unit !== 3,
            );
    const lot = part ?? world.freeOf.of(open.producer).pick(random, fits);
    if (lot === undefined) return undefined;
    return by(scene, open.producer, 'production.AllocateConsumptive', {
      production: open.id,
      lot: lot.id,
      quantity: slice(random, lot.quantity),
      as: part === undefined ? Use.CONSUME : Use.PART,
    });
  },

  'production.AllocateMeans': (scene) => {
    const { world, random } = scene;
    const usable = ({ elements, owner }: SimLot): boolean =>
      elements.length > 0 && world.openOf.of(owner).size > 0;
    const perishes = (each: SimLot): boolean => usable(each) && world.unitOf(each.type) === 3;
    const lot =
      (random.chance(30) ? world.free.pick(random, perishes) : undefined) ??
      world.free.pick(random, usable);
    const open = lot === undefined ? undefined : world.openOf.of(lot.owner).look(random);
    if (lot === undefined || open === undefined) return undefined;
    const repurpose = open.order.label === Label.COMMONS && lot.label === Label.EXCLUSIVE;
    const fields = { production: open.id, lot: lot.id, repurpose };
    return by(scene, open.producer, 'production.AllocateMeans', fields);
  },

  'production.DeallocateMeans': (scene) => {
    const { world, random, nowMs } = scene;
    const means = world.means.pick(random);
    if (means === undefined) return undefined;
    const unit = world.unitOf(means.lot.type);
    const elapsed = Number((nowMs - means.atMs) / minuteMs);
    if (unit === 1 && elapsed < 1) return undefined;
    const used = unit === 3 ? 0 : 1 + random.below(unit === 1 ? elapsed : 200);
    const fields = { allocation: means.id, used: BigInt(used) };
    return by(scene, means.production.producer, 'production.DeallocateMeans', fields);
  },

  'production.RegisterWorkload': (scene) => {
    const { world, random, actors, nowMs } = scene;
    const wallet = random.pick(actors);
    const free = greatest(world.busyUntil.get(wallet) ?? 0n, segmentStart(scene));
    const open = world.open.look(random, ({ startedMs, baseMs, inside }) => {
      return startedMs < nowMs && inside < 2n * baseMs - 60_000n;
    });
    if (open === undefined) return undefined;
    const from = greatest(free, open.startedMs);
    const left = 2n * open.baseMs - open.inside;
    const longest = least(least(900_000n, left), nowMs - from);
    if (longest < 1n) return undefined;
    const to = from + BigInt(1 + random.below(Number(longest)));
    world.busyUntil.set(wallet, to);
    const fields = { production: open.id, wallet, fromMs: from, toMs: to };
    return by(scene, open.producer, 'production.RegisterWorkload', fields);
  },

  'production.CountersignWorkload': ({ world, random }) => {
    const needed = world.unsigned.pick(random, ({ producer }) =>
      world.countersigning.has(world.component(producer)),
    );
    const workload = needed ?? world.unsigned.pick(random);
    if (workload === undefined) return undefined;
    const signer = world.keyOf(workload.wallet);
    return { name: 'production.CountersignWorkload', signer, fields: { workload: workload.id } };
  },

  'production.StornoWorkload': (scene) => {
    const workload = scene.world.fresh.pick(scene.random, ({ production }) =>
      scene.world.open.has(production),
    );
    if (workload === undefined) return undefined;
    const fields = { workload: workload.id };
    return by(scene, workload.producer, 'production.StornoWorkload', fields);
  },

  'production.Output': (scene) => {
    const { world, random } = scene;
    const ready = (each: SimProduction): boolean => {
      const { openMeans, unsigned, producer, inside, baseMs } = each;
      const signed = unsigned === 0 || !world.countersigning.has(world.component(producer));
      const started = inside > 0n || random.chance(5);
      return openMeans === 0 && signed && inside <= 2n * baseMs && started;
    };
    const built =
      world.open.pick(random, (each) => each.parts.length > 0 && ready(each)) ??
      world.open.pick(random, ready);
    return built === undefined ? undefined : outputOf(scene, built);
  },
};

/** One line, with every part under one new element; at times a by-product beside it. */
export function outputOf(scene: Scene, open: SimProduction): Act | undefined {
  const { world, random } = scene;
  const durable = world.unitOf(open.order.type) > 0;
  const byProduct = !durable && random.chance(20);
  const valueMs = byProduct ? open.inside / 3n : open.inside;
  // Parts come before wholes, so the last element of a lot holds the others.
  const parts = open.parts.flatMap(({ elements }) => elements.slice(-1).map(({ id }) => id));
  if (!durable && parts.length > 0) return undefined;
  const element = {
    valueMs: valueMs - open.partsValue,
    durability: parts.length > 0 ? 0n : BigInt(200 + random.below(3000)),
    parts,
    ownParts: [],
  };
  const { type, quantity } = open.order;
  const line = { type, quantity, valueMs, elements: durable ? [element] : [] };
  const beside = { type, quantity: 1n, valueMs: open.inside - valueMs, elements: [] };
  return by(scene, open.producer, 'production.Output', {
    production: open.id,
    lines: byProduct ? [line, beside] : [line],
  });
}

function trusts({ world }: Scene, orderer: bigint, producer: bigint): boolean {
  return orderer === producer || world.neighbours.of(orderer).has(producer);
}
