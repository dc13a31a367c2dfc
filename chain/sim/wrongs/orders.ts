/** How each refusal about a production comes about, from the order to the output. */
import { Label } from '../../../proto/generated/artel/production/v1/state.ts';
import { type Act, type Make, type Scene, segmentStart } from '../acts/act.ts';
import { outputOf } from '../acts/orders.ts';
import type { SimLot, SimProduction } from '../world/records.ts';
import { changed, nowhere, said } from './change.ts';

interface Line {
  readonly valueMs: bigint;
  readonly elements: readonly { readonly valueMs: bigint }[];
}
const linesOf = ({ fields }: Act): readonly Line[] => fields.lines as readonly Line[];

/** An output of a production that fits, changed. */
const output =
  (
    fits: (production: SimProduction, scene: Scene) => boolean,
    change: (act: Act) => object,
  ): Make =>
  (scene) => {
    const open = scene.world.open.look(
      scene.random,
      (each) => each.openMeans === 0 && fits(each, scene),
    );
    const act = open === undefined ? undefined : outputOf(scene, open);
    return act === undefined ? undefined : { ...act, fields: { ...act.fields, ...change(act) } };
  };
const isDurable = ({ order }: SimProduction, { world }: Scene): boolean =>
  world.unitOf(order.type) > 0;
const signed = ({ unsigned, producer }: SimProduction, { world }: Scene): boolean =>
  unsigned === 0 || !world.countersigning.has(world.component(producer));
const hasParts = (each: SimProduction, scene: Scene): boolean =>
  isDurable(each, scene) && signed(each, scene) && each.parts.length > 0;

/** Work for an open production, as its interval says. */
const work = (
  interval: (scene: Scene, open: SimProduction) => readonly [bigint, bigint] | undefined,
): Make =>
  said('production.RegisterWorkload', (scene) => {
    const open = scene.world.open.look(scene.random, (each) => interval(scene, each) !== undefined);
    const [fromMs, toMs] = (open === undefined ? undefined : interval(scene, open)) ?? [];
    if (open === undefined) return undefined;
    const wallet = scene.random.pick(scene.actors);
    return [open.producer, { production: open.id, wallet, fromMs, toMs }];
  });

const estimateOf = (past: 'withdrawn' | 'rejected' | 'started'): Make =>
  said('production.Estimate', ({ world, random }) => {
    const order = world.past[past].look(random);
    return order === undefined ? undefined : [order.producer, { order: order.id, valueMs: 1n }];
  });

const outputAfter = (past: 'finished' | 'lost'): Make =>
  said('production.Output', ({ world, random }) => {
    const over = world.past[past].look(random);
    const line = { type: over?.order.type, quantity: 1n, valueMs: 0n, elements: [] };
    return over === undefined ? undefined : [over.producer, { production: over.id, lines: [line] }];
  });

export const orderWrongs: Readonly<Record<string, Make>> = {
  'production/reversed_interval': changed('production.RegisterWorkload', (_, { fields }) => ({
    toMs: fields.fromMs,
  })),
  'production/references_unsorted': changed('production.Order', { refs: [2n, 1n] }),
  'production/no_lines': changed('production.Output', { lines: [] }),
  'production/delivery_in_the_past': changed('production.Order', { deliveryTimeMs: 1n }),
  'production/reference_not_earlier': changed('production.Order', { refs: [nowhere] }),
  'production/not_common': changed('production.Order', ({ world }, { fields }) =>
    world.isCommon(fields.collective as bigint, fields.type as bigint)
      ? undefined
      : { label: Label.COMMONS },
  ),
  'production/unknown_order': changed('production.Estimate', { order: nowhere }),
  'production/order_withdrawn': estimateOf('withdrawn'),
  'production/order_rejected': estimateOf('rejected'),
  'production/order_started': estimateOf('started'),
  'production/already_estimated': said('production.Estimate', ({ world, random }) => {
    const order = world.estimated.pick(random);
    return order === undefined ? undefined : [order.producer, { order: order.id, valueMs: 1n }];
  }),
  'production/unknown_estimate': changed('production.StartProduction', { estimate: nowhere }),
  'production/already_started': said('production.StartProduction', ({ world, random }) => {
    const order = world.past.started.look(random);
    return order === undefined ? undefined : [order.producer, { estimate: order.estimate }];
  }),
  'production/vote_needed': said('production.StartProduction', ({ world, random, voteLimitMs }) => {
    const voted = world.voting.look(random, ({ subject }) => subject === 'production');
    const order = world.byEstimate.get(voted?.estimate ?? 0n);
    if (order === undefined || order.estimateMs <= voteLimitMs) return undefined;
    return [order.producer, { estimate: order.estimate }];
  }),
  'production/unknown_production': changed('production.Output', { production: nowhere }),
  'production/production_finished': outputAfter('finished'),
  'production/production_rejected': outputAfter('lost'),
  'production/exclusive_in_commons': said('production.AllocateConsumptive', ({ world, random }) => {
    const open = world.openCommons.look(random);
    const lot = world.freeOf
      .of(open?.producer ?? 0n)
      .pick(random, ({ label }) => label === Label.EXCLUSIVE);
    if (open === undefined || lot === undefined) return undefined;
    return [open.producer, { production: open.id, lot: lot.id, quantity: lot.quantity, as: 1 }];
  }),
  'production/worn_out': said('production.AllocateConsumptive', ({ world, random }) => {
    const isWorn = ({ elements: [only, other], used }: SimLot): boolean =>
      only !== undefined && other === undefined && used >= only.lasts;
    const lot = world.wornOut.look(random, (each) => world.openOf.of(each.owner).size > 0);
    const open = lot === undefined ? undefined : world.openOf.of(lot.owner).look(random);
    if (lot === undefined || open === undefined || !isWorn(lot)) return undefined;
    if (open.order.label === Label.COMMONS && lot.label === Label.EXCLUSIVE) return undefined;
    return [lot.owner, { production: open.id, lot: lot.id, quantity: 1n, as: 2 }];
  }),
  'production/needs_repurpose': said('production.AllocateMeans', ({ world, random }) => {
    const open = world.openCommons.look(random);
    const lot = world.freeOf
      .of(open?.producer ?? 0n)
      .pick(random, ({ label, elements }) => label === Label.EXCLUSIVE && elements.length > 0);
    if (open === undefined || lot === undefined) return undefined;
    return [open.producer, { production: open.id, lot: lot.id, repurpose: false }];
  }),
  'production/nothing_to_repurpose': changed(
    'production.AllocateMeans',
    ({ world }, { fields }) => {
      const open = world.productions.get(fields.production as bigint);
      return open?.order.label === Label.COMMONS ? undefined : { repurpose: true };
    },
  ),
  'production/unknown_allocation': changed('production.DeallocateMeans', { allocation: nowhere }),
  'production/already_deallocated': said('production.DeallocateMeans', ({ world, random }) => {
    const means = world.past.means.look(random);
    if (means === undefined) return undefined;
    return [means.production.producer, { allocation: means.id, used: 1n }];
  }),
  'production/used_by_calendar': said('production.DeallocateMeans', ({ world, random }) => {
    const means = world.means.look(random, ({ lot }) => world.unitOf(lot.type) === 3);
    if (means === undefined) return undefined;
    return [means.production.producer, { allocation: means.id, used: 1n }];
  }),
  'production/more_than_elapsed': said('production.DeallocateMeans', ({ world, random }) => {
    const means = world.means.look(random, ({ lot }) => world.unitOf(lot.type) === 1);
    if (means === undefined) return undefined;
    return [means.production.producer, { allocation: means.id, used: 999_999_999n }];
  }),
  'production/before_start': work((_, { startedMs }) => [startedMs - 1n, startedMs + 1n]),
  'production/in_the_future': work(({ nowMs }) => [nowMs, nowMs + 900_000_000n]),
  'production/across_segments': work((scene, { startedMs }) => {
    const boundary = segmentStart(scene);
    return startedMs < boundary && boundary < scene.nowMs
      ? [boundary - 1n, boundary + 1n]
      : undefined;
  }),
  'production/segment_final': work((scene, { startedMs, producer }) => {
    const segment = (startedMs - 1n) / scene.segmentMs;
    const [from, end] = [startedMs, (segment + 1n) * scene.segmentMs];
    const final = scene.world.revisions.has(`${producer}/${segment}`);
    return final && from < end ? [from, from + 1n] : undefined;
  }),
  'production/work_overlaps': said('production.RegisterWorkload', (scene) => {
    const { world, random } = scene;
    const earlier = world.fresh.look(
      random,
      ({ production, fromMs }) => world.open.has(production) && fromMs >= segmentStart(scene),
    );
    if (earlier === undefined) return undefined;
    const { production, wallet, fromMs, toMs } = earlier;
    return [production.producer, { production: production.id, wallet, fromMs, toMs }];
  }),
  'production/unknown_workload': changed('production.StornoWorkload', { workload: nowhere }),
  'production/not_the_worker': ({ world, random, actors }) => {
    const workload = world.unsigned.look(random);
    if (workload === undefined) return undefined;
    const signer = actors.find((actor) => actor !== world.keyOf(workload.wallet)) ?? '';
    return { name: 'production.CountersignWorkload', signer, fields: { workload: workload.id } };
  },
  'production/already_countersigned': ({ world, random }) => {
    const workload = world.past.countersigned.look(random);
    if (workload === undefined) return undefined;
    const signer = world.keyOf(workload.wallet);
    return { name: 'production.CountersignWorkload', signer, fields: { workload: workload.id } };
  },
  'production/workload_reversed': said('production.StornoWorkload', ({ world, random }) => {
    const workload = world.past.reversed.look(random);
    return workload === undefined ? undefined : [workload.producer, { workload: workload.id }];
  }),
  'production/means_still_allocated': (scene) => {
    const means = scene.world.means.look(scene.random, ({ production }) =>
      scene.world.open.has(production),
    );
    return means === undefined ? undefined : outputOf(scene, means.production);
  },
  'production/not_countersigned': output(
    (each, scene) => !signed(each, scene),
    () => ({}),
  ),
  'production/part_twice': output(hasParts, (act) => ({
    lines: [...linesOf(act), ...linesOf(act)],
  })),
  'production/part_never': output(hasParts, (act) => ({
    lines: linesOf(act).map((line) => ({
      ...line,
      elements: [{ valueMs: line.valueMs, durability: 9n, parts: [], ownParts: [] }],
    })),
  })),
  'production/malformed_composition': output(
    (each, scene) => isDurable(each, scene) && signed(each, scene),
    (act) => ({
      lines: linesOf(act).map((line) => ({
        ...line,
        elements: line.elements.map((element) => ({
          ...element,
          durability: 0n,
          parts: [nowhere],
        })),
      })),
    }),
  ),
  'production/wrong_line_value': output(
    (each, scene) => isDurable(each, scene) && signed(each, scene),
    (act) => ({
      lines: linesOf(act).map((line) => ({
        ...line,
        elements: line.elements.map((one) => ({ ...one, valueMs: one.valueMs + 1n })),
      })),
    }),
  ),
  'production/values_do_not_sum': output(
    (each, scene) => !isDurable(each, scene) && signed(each, scene),
    (act) => ({
      lines: linesOf(act).map((line, at) => ({
        ...line,
        valueMs: line.valueMs + (at === 0 ? 1n : 0n),
      })),
    }),
  ),
  'production/output_vote_needed': output(
    (each, scene) => signed(each, scene) && each.inside > 2n * each.baseMs,
    () => ({}),
  ),
};
