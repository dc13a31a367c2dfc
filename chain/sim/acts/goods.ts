/** Messages about goods in the hands of a collective. */
import { Label, Source } from '../../../proto/generated/artel/production/v1/state.ts';
import type { SimElement, SimLot } from '../world/records.ts';
import { type Act, ascending, by, type Make, type Scene, slice, twoOf } from './act.ts';

export const goodsActs: Readonly<Record<string, Make>> = {
  'production.DefineType': (scene) => {
    const collective = scene.world.collective(scene.random);
    return by(scene, collective, 'production.DefineType', {
      collective,
      name: `type ${scene.count()}`,
      unit: 'pieces',
      durabilityUnit: scene.random.pick([0, 0, 0, 1, 2, 2, 2, 3]),
    });
  },

  'production.Collectivize': (scene) => {
    const { world, random } = scene;
    const collective = world.collective(random);
    const uses = random.chance(30)
      ? world.typeFor(random, collective, ({ unit }) => unit === 2)
      : undefined;
    const type = uses ?? world.typeFor(random, collective);
    if (type === undefined) return undefined;
    const longest = [0, 300, 150, 3000][type.unit] ?? 0;
    return by(scene, collective, 'production.Collectivize', {
      collective,
      type: type.id,
      quantity: longest > 0 ? 1n : BigInt(1 + random.below(50)),
      label: world.isCommon(collective, type.id) ? Label.COMMONS : Label.EXCLUSIVE,
      source: random.pick([Source.APPROPRIATION, Source.EXTERNAL_TRADE]),
      durability: longest > 0 ? BigInt(1 + random.below(longest)) : 0n,
    });
  },

  'production.Transfer': (scene) => {
    const { world, random } = scene;
    const edge = world.edges.look(random);
    const ends = edge === undefined ? [] : twoOf(edge);
    const [from = 0n, to = 0n] = random.chance(50) ? ends : [...ends].reverse();
    const lot = world.freeOf.of(from).pick(random);
    if (lot === undefined) return undefined;
    const quantity = slice(random, lot.quantity);
    return by(scene, lot.owner, 'production.Transfer', { lot: lot.id, quantity, to });
  },

  'production.AcceptTransfer': (scene) => {
    const { world, random } = scene;
    const offer = world.offers.pick(random, ({ from, to }) => world.neighbours.of(from).has(to));
    if (offer === undefined) return undefined;
    return by(scene, offer.to, 'production.AcceptTransfer', { transfer: offer.id });
  },

  'production.WithdrawTransfer': (scene) => {
    // Most offers are to be accepted.
    if (!scene.random.chance(40)) return undefined;
    const offer = scene.world.offers.pick(scene.random);
    if (offer === undefined) return undefined;
    return by(scene, offer.from, 'production.WithdrawTransfer', { transfer: offer.id });
  },

  'production.WriteOff': (scene) => {
    const { world, random } = scene;
    const lot = world.free.pick(random);
    if (lot === undefined) return undefined;
    return by(scene, lot.owner, 'production.WriteOff', {
      lot: lot.id,
      quantity: slice(random, lot.quantity),
      reason: random.pick(['broken', 'external_trade', 'gone bad']),
      ownershipRef: lot.ownership,
    });
  },

  'production.MergeLots': (scene) => {
    const { world, random } = scene;
    const name = world.manyAlike.pick(random);
    const alike = name === undefined ? undefined : world.alike.of(name);
    const [one, other] = [alike?.pick(random), alike?.pick(random)];
    if (one === undefined || other === undefined) return undefined;
    for (const lot of [one, other]) world.free.pick(random, (each) => each === lot);
    return by(scene, one.owner, 'production.MergeLots', { lots: ascending([one.id, other.id]) });
  },

  'production.Separate': (scene) => {
    const lot = scene.world.assemblies.pick(scene.random);
    if (lot === undefined) return undefined;
    return separation(scene, lot, [scene.random.pick(lot.elements).id]);
  },

  'production.Revalue': (scene) => {
    const { world, random } = scene;
    const lot = world.free.pick(random, ({ elements }) => elements.length > 0);
    const element = lot?.elements.find(({ parts }) => parts.length === 0);
    if (lot === undefined || element === undefined) return undefined;
    const durability = element.lasts + 100_000n + BigInt(random.below(6_000));
    const fields = { lot: lot.id, durability, element: element.id };
    return by(scene, lot.owner, 'production.Revalue', fields);
  },
};

/** Each piece that is left is of the type of the whole. */
export function separation(
  scene: Scene,
  lot: SimLot,
  lost: readonly bigint[],
  type: bigint = lot.type,
): Act | undefined {
  const definer = scene.world.types.get(lot.type)?.definer ?? 0n;
  if (scene.world.component(definer) !== scene.world.component(lot.owner)) return undefined;
  return by(scene, lot.owner, 'production.Separate', {
    lot: lot.id,
    lost,
    reason: 'broken',
    ownershipRef: lot.ownership,
    types: Array.from({ length: piecesWithout(lot.elements, lost) }, () => type),
  });
}

/** What is lost takes with it all that it was built into; the rest falls into pieces. */
function piecesWithout(elements: readonly SimElement[], lost: readonly bigint[]): number {
  const gone = new Set(lost);
  // Parts come before wholes.
  for (const { id, parts } of elements) if (parts.some((part) => gone.has(part))) gone.add(id);
  const left = elements.filter(({ id }) => !gone.has(id));
  const pieces: Set<bigint>[] = [];
  for (const { id, parts } of left) {
    const touched = pieces.filter((piece) => parts.some((part) => piece.has(part)));
    for (const piece of touched) pieces.splice(pieces.indexOf(piece), 1);
    pieces.push(new Set([id, ...touched.flatMap((piece) => [...piece])]));
  }
  return pieces.length;
}
