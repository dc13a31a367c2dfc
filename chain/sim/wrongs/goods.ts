/** How each refusal about goods comes about. */
import { Label } from '../../../proto/generated/artel/production/v1/state.ts';
import type { Make, Scene } from '../acts/act.ts';
import { ascending, twoOf } from '../acts/act.ts';
import { separation } from '../acts/goods.ts';
import type { Past } from '../world/pool.ts';
import type { SimLot } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { changed, either, forged, nowhere, said } from './change.ts';

const reference = (lot: SimLot) => ({ reason: 'late', ownershipRef: lot.ownership });
const most = 2n ** 64n - 1n;

/** Written off, after it went another way. */
const writtenOff = (find: (scene: Scene) => SimLot | undefined): Make =>
  said('production.WriteOff', (scene) => {
    const lot = find(scene);
    if (lot === undefined) return undefined;
    return [lot.owner, { lot: lot.id, quantity: lot.quantity, ...reference(lot) }];
  });

const late = (past: (world: World) => Past<SimLot>): Make =>
  writtenOff(({ world, random }) => past(world).look(random));

const ofType = (durable: boolean, fields: (type: bigint) => Readonly<Record<string, unknown>>) =>
  changed('production.Collectivize', ({ world, random }, act) => {
    const collective = act.fields.collective as bigint;
    const type = world.typeFor(random, collective, ({ unit }) => unit > 0 === durable);
    if (type === undefined) return undefined;
    const label = world.isCommon(collective, type.id) ? Label.COMMONS : Label.EXCLUSIVE;
    return { type: type.id, label, ...fields(type.id) };
  });

const elsewhere = ({ world, random }: Scene, collective: bigint): bigint | undefined => {
  const other = world.collective(random);
  if (world.component(other) === world.component(collective)) return undefined;
  return world.typesOf.of(other).look(random)?.id;
};

export const goodsWrongs: Readonly<Record<string, Make>> = {
  'production/invalid_name': changed('production.DefineType', { name: '' }),
  'production/invalid_unit': changed('production.DefineType', { unit: '' }),
  'production/invalid_durability_unit': changed('production.DefineType', { durabilityUnit: 7 }),
  'production/invalid_description_hash': changed('production.DefineType', {
    descriptionHash: new Uint8Array(33),
  }),
  'production/invalid_label': changed('production.Collectivize', { label: 0 }),
  'production/invalid_source': changed('production.Collectivize', { source: 0 }),
  'production/invalid_use': changed('production.AllocateConsumptive', { as: 0 }),
  'production/invalid_reason': changed('production.WriteOff', { reason: '' }),
  'production/zero_quantity': changed('production.Collectivize', { quantity: 0n }),
  'production/unknown_collective': changed('production.DefineType', { collective: nowhere }),
  'production/not_the_owner': forged('production.DefineType'),
  'production/unknown_type': changed('production.Collectivize', { type: nowhere }),
  'production/foreign_type': changed('production.Collectivize', (scene, { fields }) => {
    const type = elsewhere(scene, fields.collective as bigint);
    return type === undefined ? undefined : { type };
  }),
  'production/not_the_category': changed('production.Collectivize', (_, { fields }) => ({
    label: fields.label === Label.COMMONS ? Label.EXCLUSIVE : Label.COMMONS,
  })),
  'production/no_durability': ofType(true, () => ({ quantity: 1n, durability: 0n })),
  'production/not_durable': ofType(false, () => ({ durability: 5n })),
  'production/not_one_by_one': ofType(true, () => ({ quantity: 2n, durability: 5n })),
  'production/unknown_lot': changed('production.Transfer', { lot: nowhere }),
  'production/foreign_lot': changed(
    'production.AllocateConsumptive',
    ({ world, random }, { fields }) => {
      const own = world.lots.get(fields.lot as bigint)?.owner;
      const lot = world.free.look(random, ({ owner }) => owner !== own);
      return lot === undefined ? undefined : { lot: lot.id, quantity: 1n };
    },
  ),
  'production/lot_offered': writtenOff(({ world, random }) => world.offers.pick(random)?.lot),
  'production/lot_allocated': writtenOff(({ world, random }) => world.allocated.look(random)),
  'production/lot_consumed': late(({ past }) => past.consumed),
  'production/already_written_off': late(({ past }) => past.writtenOff),
  'production/lot_merged': late(({ past }) => past.merged),
  'production/lot_shelved': late(({ past }) => past.shelved),
  'production/lot_separated': late(({ past }) => past.separated),
  'production/lot_gone': late(({ past }) => past.handedOver),
  'production/not_so_much': changed('production.WriteOff', ({ world }, { fields }) => ({
    quantity: (world.lots.get(fields.lot as bigint)?.quantity ?? 0n) + 1n,
  })),
  'production/self_transfer': changed('production.Transfer', ({ world }, { fields }) => ({
    to: world.lots.get(fields.lot as bigint)?.owner,
  })),
  'production/not_trusted': changed('production.Transfer', ({ world, random }, { fields }) => {
    const from = world.lots.get(fields.lot as bigint)?.owner ?? 0n;
    const to = world.collective(random);
    return world.component(to) === world.component(from) ? undefined : { to };
  }),
  'production/trust_cancelled': said('production.Transfer', ({ world, random }) => {
    const notice = world.notices.look(random, (edge) => world.freeOf.of(twoOf(edge)[0]).size > 0);
    if (notice === undefined) return undefined;
    const [from, to] = twoOf(notice);
    const lot = world.freeOf.of(from).pick(random);
    return lot === undefined ? undefined : [from, { lot: lot.id, quantity: 1n, to }];
  }),
  'production/unknown_transfer': changed('production.AcceptTransfer', { transfer: nowhere }),
  'production/transfer_over': said('production.AcceptTransfer', ({ world, random }) => {
    const offer = world.past.offers.look(random);
    return offer === undefined ? undefined : [offer.to, { transfer: offer.id }];
  }),
  'production/wrong_ownership': changed('production.WriteOff', { ownershipRef: nowhere }),
  'production/not_ascending': changed('production.MergeLots', (_, { fields }) => ({
    lots: [...(fields.lots as readonly bigint[])].reverse(),
  })),
  'production/too_few_lots': changed('production.MergeLots', (_, { fields }) => ({
    lots: (fields.lots as readonly bigint[]).slice(1),
  })),
  'production/unlike_lots': said('production.MergeLots', ({ world, random }) => {
    const lot = world.free.pick(random);
    const other =
      lot === undefined
        ? undefined
        : world.freeOf.of(lot.owner).pick(random, ({ type }) => type !== lot.type);
    if (lot === undefined || other === undefined) return undefined;
    return [lot.owner, { lots: ascending([lot.id, other.id]) }];
  }),
  // Two lots that together have more units than 64 bits hold; they are made first.
  'production/too_much': either(
    said('production.MergeLots', ({ world, random }) => {
      const lot = world.huge.look(random);
      const other = world.huge.look(
        random,
        (each) =>
          each !== lot &&
          each.owner === lot?.owner &&
          each.type === lot?.type &&
          each.label === lot?.label,
      );
      if (lot === undefined || other === undefined) return undefined;
      return [lot.owner, { lots: ascending([lot.id, other.id]) }];
    }),
    said('production.Collectivize', ({ world, random }) => {
      const like = world.huge.look(random);
      const collective = like?.owner ?? world.collective(random);
      const plain = world.typeFor(random, collective, ({ unit }) => unit === 0);
      const type = like?.type ?? plain?.id;
      if (type === undefined) return undefined;
      const label = world.isCommon(collective, type) ? Label.COMMONS : Label.EXCLUSIVE;
      return [collective, { collective, type, quantity: most, label, source: 1, durability: 0n }];
    }),
  ),
  'production/nothing_lost': changed('production.Separate', { lost: [] }),
  'production/unknown_element': changed('production.Separate', { lost: [nowhere] }),
  'production/wrong_pieces': changed('production.Separate', (_, { fields }) => {
    const types = fields.types as readonly bigint[];
    return { types: [...types, types[0] ?? 1n] };
  }),
  'production/mixed_durability_units': (scene) => {
    const { world, random } = scene;
    // What is lost is the whole at the top, so that its parts are left.
    const lot = world.assemblies.pick(random);
    const top = lot?.elements.at(-1);
    if (lot === undefined || top === undefined) return undefined;
    const unit = world.unitOf(lot.type);
    const other = world.typeFor(random, lot.owner, (type) => type.unit > 0 && type.unit !== unit);
    return other === undefined ? undefined : separation(scene, lot, [top.id], other.id);
  },
  'production/has_parts': said('production.Revalue', ({ world, random }) => {
    const lot = world.assemblies.pick(random);
    const whole = lot?.elements.find(({ parts }) => parts.length > 0);
    if (lot === undefined || whole === undefined) return undefined;
    return [lot.owner, { lot: lot.id, durability: 9_000_000n, element: whole.id }];
  }),
  'production/not_above_age': said('production.Revalue', ({ world, random }) => {
    const used = world.free.pick(random, (each) => each.used > 0n && each.elements.length === 1);
    const [only] = used?.elements ?? [];
    if (used === undefined || only === undefined) return undefined;
    return [used.owner, { lot: used.id, durability: 1n, element: only.id }];
  }),
};
