/** Lots become one, products are taken apart, durabilities estimated anew (D2.8, D2.9). */
import { present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { isUint64, workMs } from '../../_kernel/units.ts';
import { aged, type Composition, type Element } from '../composition.ts';
import { toStored } from '../keys.ts';
import { refuse } from '../refusals.ts';
import type { Lot, LotId, OwnershipId, ProductionEvent, Separate, TypeId } from '../types.ts';
import { type BookedSeparation, bookedSeparation, withDurability } from '../value.ts';
import {
  becomesCommon,
  compositionOf,
  next,
  ownLot,
  type ProductionView,
  type Rules,
  relabelled,
  typeFor,
  typeOf,
  usedOf,
} from './guards.ts';

export const repairs: Rules<'MergeLots' | 'Separate' | 'Revalue'> = {
  MergeLots(view, { signer, lots: ids }, { timeMs: madeAtMs }, ports) {
    const lots: Lot[] = [];
    for (const id of ids) {
      const lot = ownLot(view, ports, id, signer);
      if (isRefusal(lot)) return lot;
      const { owner, productType, label } = lots[0] ?? lot;
      const isLike = lot.owner === owner && lot.productType === productType && lot.label === label;
      if (!isLike) return refuse.unlike_lots({ one: lots[0]?.lot ?? id, other: id });
      if (view.compositions.has(id)) return refuse.not_one_by_one({ quantity: 2n });
      lots.push(lot);
    }
    const [{ owner, productType, label }] = lots as [Lot];
    const quantity = lots.reduce((sum, lot) => sum + lot.quantity, 0n);
    const valueMs = lots.reduce((sum, lot) => sum + lot.valueMs, 0n);
    if (!isUint64(quantity) || !isUint64(valueMs)) {
      return refuse.too_much({ what: 'the sum of the lots' });
    }

    const goods = { owner, productType, label, quantity, valueMs: workMs(valueMs), madeAtMs };
    const into = next<LotId>(view, 'lot');
    const ownership = next<OwnershipId>(view, 'ownership');
    return accept([{ type: 'LotsMerged', lots: ids, into, ownership, ...goods }]);
  },

  /** Pieces keep their ages and are booked by growing sums; the write-off takes the rest (D2.8). */
  Separate(view, command, { timeMs }, ports) {
    const { signer, lot: id, lost, reason, ownershipRef } = command;
    const lot = ownLot(view, ports, id, signer);
    if (isRefusal(lot)) return lot;
    const { owner, ownership, productType, label } = lot;
    if (!view.compositions.has(id)) return refuse.not_durable({ productType });
    if (ownershipRef !== ownership) {
      return refuse.wrong_ownership({ lot: id, ownership, given: ownershipRef });
    }
    const composition = compositionOf(view, lot);
    const there = new Set(composition.map((element) => element.id));
    const stray = lost.find((element) => !there.has(element));
    if (stray !== undefined) return refuse.unknown_element({ lot: id, element: stray });
    const used = usedOf(view, lot, timeMs);
    const apart = bookedSeparation(composition, lost, used, lot.valueMs);
    const problem = typesProblem(view, ports, lot, apart, command);
    if (problem !== undefined) return problem;

    const writtenOffMs = workMs(apart.writtenOff);
    const keptMs = (index: number) => workMs(present(apart.kept[index], 'the value of a piece'));
    const segment = ports.segments.segmentAt(timeMs);
    const gone = { lot: id, owner, productType, label, lost, writtenOffMs, reason, segment };
    const first = next<LotId>(view, 'lot');
    return accept([
      { type: 'LotSeparated', ...gone },
      ...apart.pieces.map((piece, index): ProductionEvent => {
        return {
          type: 'PieceKept',
          lot: id,
          piece: (first + BigInt(index)) as LotId,
          productType: command.types[index] as TypeId,
          valueMs: keptMs(index),
          composition: toStored(aged(piece, used)),
          madeAtMs: timeMs,
        };
      }),
      ...apart.pieces.flatMap((_, index) => {
        const piece = (first + BigInt(index)) as LotId;
        const valueMs = keptMs(index);
        const type = command.types[index] as TypeId;
        return becomesCommon(view, ports, { label, productType: type }, owner)
          ? relabelled(ports, owner, type, [{ lot: piece, valueMs }])
          : [];
      }),
    ]);
  },

  Revalue(view, { signer, lot: id, durability, element: named }, { timeMs: madeAtMs }, ports) {
    const lot = ownLot(view, ports, id, signer);
    if (isRefusal(lot)) return lot;
    if (!view.compositions.has(id)) return refuse.not_durable({ productType: lot.productType });
    const composition = aged(compositionOf(view, lot), usedOf(view, lot, madeAtMs));
    const element = elementNamed(lot, composition, named);
    if (isRefusal(element)) return element;
    const { id: of, age, parts } = element;
    if (parts.length > 0) return refuse.has_parts({ element: of });
    if (durability <= age) return refuse.not_above_age({ element: of, durability, age });
    const revalued = withDurability(composition, of, durability);
    if (!revalued.every(isStorable)) return refuse.too_much({ what: `the fraction of ${of}` });

    const stored = toStored(revalued);
    return accept([
      { type: 'LotRevalued', lot: id, element: of, durability, composition: stored, madeAtMs },
    ]);
  },
};

/** Each piece is of a type of the component that counts durability as the product did. */
function typesProblem(
  view: ProductionView,
  ports: Parameters<typeof typeFor>[1],
  lot: Lot,
  { pieces }: BookedSeparation,
  { types }: Separate,
): Refusal | undefined {
  if (types.length !== pieces.length) {
    return refuse.wrong_pieces({ due: BigInt(pieces.length), named: types.length });
  }
  const { durabilityUnit } = typeOf(view, lot);
  for (const productType of types) {
    const type = typeFor(view, ports, productType, lot.owner);
    if (isRefusal(type)) return type;
    if (type.durabilityUnit !== durabilityUnit) {
      return refuse.mixed_durability_units({ productType, lot: lot.lot });
    }
  }
  return undefined;
}

function elementNamed(lot: Lot, composition: Composition, named: bigint): Element | Refusal {
  const [only] = composition;
  if (named === 0n && only !== undefined && composition.length === 1) return only;
  const found = composition.find(({ id }) => id === named);
  return found ?? refuse.unknown_element({ lot: lot.lot, element: named });
}

function isStorable({ value: { num, den }, durability }: Element): boolean {
  return isUint64(num) && isUint64(den) && isUint64(durability);
}
