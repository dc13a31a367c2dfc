/** Orders, productions and work, as a play follows them. */

import type { Past } from './pool.ts';
import type { SimOrder, SimProduction, SimWorkload } from './records.ts';
import type { Facts, World } from './world.ts';

const commons = 1;

export function productionFacts(world: World): Facts {
  const unplace = (id: bigint): SimOrder | undefined => {
    const order = world.orders.get(id);
    if (order === undefined) return undefined;
    world.placed.delete(order);
    world.estimated.delete(order);
    return order;
  };
  const endProduction = (id: bigint, past: Past<SimProduction>): void => {
    const production = world.productions.get(id);
    if (production === undefined) return;
    world.open.delete(production);
    world.openOf.of(production.producer).delete(production);
    world.openCommons.delete(production);
    world.productions.delete(id);
    past.add(production);
  };

  return {
    'artel.production.v1.Ordered': (f) => {
      const order: SimOrder = {
        id: f.number('order'),
        orderer: f.number('orderer'),
        producer: f.number('producer'),
        type: f.number('product_type'),
        quantity: f.number('quantity'),
        label: Number(f.text('label')),
        estimate: 0n,
        estimateMs: 0n,
      };
      world.orders.set(order.id, order);
      world.placed.add(order);
    },
    'artel.production.v1.OrderWithdrawn': (f) => {
      const order = unplace(f.number('order'));
      if (order !== undefined) world.past.withdrawn.add(order);
    },
    'artel.production.v1.OrderRejected': (f) => {
      const order = unplace(f.number('order'));
      if (order !== undefined) world.past.rejected.add(order);
    },
    'artel.production.v1.Estimated': (f) => {
      const order = unplace(f.number('order'));
      if (order === undefined) return;
      order.estimate = f.number('estimate');
      order.estimateMs = f.number('value_ms');
      world.byEstimate.set(order.estimate, order);
      world.estimated.add(order);
    },
    'artel.production.v1.ProductionStarted': (f) => {
      const order = unplace(f.number('order'));
      if (order === undefined) return;
      world.past.started.add(order);
      const production: SimProduction = {
        id: f.number('production'),
        order,
        producer: order.producer,
        startedMs: f.number('started_at_ms'),
        baseMs: order.estimateMs,
        inside: 0n,
        openMeans: 0,
        unsigned: 0,
        parts: [],
        partsValue: 0n,
      };
      world.productions.set(production.id, production);
      world.open.add(production);
      world.openOf.of(production.producer).add(production);
      if (order.label === commons) world.openCommons.add(production);
    },
    'artel.production.v1.DeviationApproved': (f) => {
      const production = world.productions.get(f.number('production'));
      if (production !== undefined) production.baseMs = f.number('approved_ms');
    },
    'artel.production.v1.ProductionRejected': (f) =>
      endProduction(f.number('production'), world.past.lost),
    'artel.production.v1.ProductionFinished': (f) =>
      endProduction(f.number('production'), world.past.finished),
    'artel.production.v1.ConsumptiveAllocated': (f) => {
      const production = world.productions.get(f.number('production'));
      const lot = world.end(f.number('lot'), world.past.consumed);
      if (production === undefined) return;
      production.inside += f.number('value_ms');
      if (!f.flag('part') || lot === undefined) return;
      production.parts.push(lot);
      production.partsValue += f.number('value_ms');
    },
    'artel.production.v1.MeansAllocated': (f) => {
      const production = world.productions.get(f.number('production'));
      const lot = world.lots.get(f.number('lot'));
      if (production === undefined || lot === undefined) return;
      world.hold(lot, 'allocated');
      world.allocated.add(lot);
      production.openMeans += 1;
      const atMs = f.number('allocated_at_ms');
      const means = { id: f.number('allocation'), production, lot, atMs };
      world.meansOf.set(means.id, means);
      world.means.add(means);
    },
    'artel.production.v1.MeansDeallocated': (f) => {
      const means = world.meansOf.get(f.number('allocation'));
      if (means === undefined) return;
      const { lot, production } = means;
      world.means.delete(means);
      world.past.means.add(means);
      production.openMeans -= 1;
      production.inside += f.number('value_ms');
      lot.used += f.number('used');
      world.allocated.delete(lot);
      world.release(lot);
      const [only] = lot.elements;
      const isSimple = lot.elements.length === 1;
      if (isSimple && only !== undefined && lot.used >= only.lasts) world.wornOut.add(lot);
    },
    'artel.production.v1.WorkloadRegistered': (f) => {
      const production = world.productions.get(f.number('production'));
      if (production === undefined) return;
      const workload: SimWorkload = {
        id: f.number('workload'),
        wallet: f.text('wallet'),
        production,
        producer: f.number('producer'),
        segment: f.number('segment'),
        fromMs: f.number('from_ms'),
        toMs: f.number('to_ms'),
        signed: false,
      };
      world.workloads.set(workload.id, workload);
      world.fresh.add(workload);
      world.unsigned.add(workload);
      world.unrevised.of(`${workload.producer}/${workload.segment}`).add(workload);
      production.inside += workload.toMs - workload.fromMs;
      production.unsigned += 1;
    },
    'artel.production.v1.WorkloadCountersigned': (f) => {
      const workload = world.workloads.get(f.number('workload'));
      if (workload === undefined) return;
      workload.signed = true;
      world.past.countersigned.add(workload);
      workload.production.unsigned -= 1;
      world.unsigned.delete(workload);
    },
    'artel.production.v1.WorkloadReversed': (f) => {
      const workload = world.workloads.get(f.number('workload'));
      if (workload === undefined) return;
      world.happened.storno += 1;
      world.fresh.delete(workload);
      world.unsigned.delete(workload);
      world.unrevised.of(`${workload.producer}/${workload.segment}`).delete(workload);
      world.past.reversed.add(workload);
      workload.production.inside -= workload.toMs - workload.fromMs;
      if (!workload.signed) workload.production.unsigned -= 1;
    },
  };
}
