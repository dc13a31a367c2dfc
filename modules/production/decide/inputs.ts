/** What goes into a production: goods used up or built in, and means of production for a time. */
import { present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { isUint64, type TimeMs, workMs } from '../../_kernel/units.ts';
import { isWornOut } from '../composition.ts';
import { defaultParameters } from '../parameters.ts';
import { refuse } from '../refusals.ts';
import { type AllocationId, DurabilityUnit, type Lot, Use } from '../types.ts';
import { bookedResidual } from '../value.ts';
import {
  addingProblem,
  becomesCommon,
  compositionOf,
  isExclusiveInCommons,
  lotFor,
  minuteMs,
  next,
  openProduction,
  type ProductionView,
  type Rules,
  relabelled,
  signerProblem,
  take,
  typeOf,
  usedOf,
  valueFor,
} from './guards.ts';

type Commands = 'AllocateConsumptive' | 'AllocateMeans' | 'DeallocateMeans';

export const inputs: Rules<Commands> = {
  AllocateConsumptive(view, { signer, production: id, lot: of, quantity, as }, context, ports) {
    const production = openProduction(view, ports, id, signer);
    if (isRefusal(production)) return production;
    const lot = lotFor(view, of, production);
    if (isRefusal(lot)) return lot;
    const taken = take(view, lot, quantity);
    if (isRefusal(taken)) return taken;
    if (isExclusiveInCommons(production, lot)) {
      return refuse.exclusive_in_commons({ lot: of, production: id });
    }
    const unusable = as === Use.PART ? partProblem(view, lot, context.timeMs) : undefined;
    if (unusable !== undefined) return unusable;
    const valueMs = valueFor(production, lot, taken.valueMs);
    const problem = addingProblem(production, valueMs);
    if (problem !== undefined) return problem;

    return accept([
      ...taken.split,
      {
        type: 'ConsumptiveAllocated',
        production: id,
        lot: taken.lot,
        part: as === Use.PART,
        quantity,
        valueMs,
        bookedMs: taken.valueMs,
        label: lot.label,
      },
    ]);
  },

  /** Means that outlast their estimate go on working and transfer nothing more (E10). */
  AllocateMeans(view, { signer, production: id, lot: of, repurpose }, context, ports) {
    const production = openProduction(view, ports, id, signer);
    if (isRefusal(production)) return production;
    const lot = lotFor(view, of, production);
    if (isRefusal(lot)) return lot;
    const unusable = durableProblem(view, lot);
    if (unusable !== undefined) return unusable;
    const differs = isExclusiveInCommons(production, lot);
    if (differs && !repurpose) return refuse.needs_repurpose({ lot: of, production: id });
    if (!differs && repurpose) return refuse.nothing_to_repurpose({ lot: of, production: id });

    const allocation = next<AllocationId>(view, 'allocation');
    const allocatedAtMs = context.timeMs;
    const made = { allocation, production: id, lot: of, repurposed: repurpose, allocatedAtMs };
    return accept([{ type: 'MeansAllocated', ...made }]);
  },

  /** What the books of the lot fall by goes over to the production (D2.1). */
  DeallocateMeans(view, { signer, allocation: id, used: declared }, { timeMs }, ports) {
    const allocation = view.allocations.get(id);
    if (allocation === undefined) return refuse.unknown_allocation({ allocation: id });
    const { repurposed } = allocation;
    const production = present(view.productions.get(allocation.production), 'its production');
    const problem = signerProblem(ports, production.producer, signer);
    if (problem !== undefined) return problem;
    if (allocation.stage === 'closed') return refuse.already_deallocated({ allocation: id });
    const lot = present(view.lots.get(allocation.lot), `lot ${allocation.lot}`);
    const { durabilityUnit } = typeOf(view, lot);
    const isPerishable = durabilityUnit === DurabilityUnit.CALENDAR;
    if (isPerishable && declared !== 0n) return refuse.used_by_calendar({ lot: lot.lot });
    if (!isPerishable && declared === 0n) return refuse.zero_quantity({ field: 'used' });
    const elapsed = (timeMs - allocation.allocatedAtMs) / minuteMs;
    const { declaredUse } = view.params.get() ?? defaultParameters;
    if (durabilityUnit === DurabilityUnit.MINUTES && !declaredUse && declared > elapsed) {
      return refuse.more_than_elapsed({ used: declared, elapsed });
    }
    const used = isPerishable ? usedOf(view, lot, timeMs) - lot.used : declared;
    if (!isUint64(lot.used + used)) return refuse.too_much({ what: `the use of lot ${lot.lot}` });
    const left = bookedResidual(compositionOf(view, lot), lot.used + used, lot.valueMs);
    const transferMs = workMs(lot.valueMs - left);
    const valueMs = valueFor(production, lot, transferMs);
    const overflow = addingProblem(production, valueMs);
    if (overflow !== undefined) return overflow;

    const { owner, productType } = lot;
    const follows = becomesCommon(view, ports, lot, owner)
      ? relabelled(ports, owner, productType, [{ lot: lot.lot, valueMs: workMs(left) }])
      : [];
    return accept([
      {
        type: 'MeansDeallocated',
        allocation: id,
        production: production.production,
        lot: lot.lot,
        used,
        transferMs,
        valueMs,
        repurposed,
        producer: production.producer,
        label: production.label,
        segment: ports.segments.segmentAt(timeMs),
      },
      ...follows,
    ]);
  },
};

/** Why a lot can be no part of a product. */
function partProblem(view: ProductionView, lot: Lot, timeMs: TimeMs): Refusal | undefined {
  const problem = durableProblem(view, lot);
  if (problem !== undefined) return problem;
  return isWornOut(compositionOf(view, lot), usedOf(view, lot, timeMs))
    ? refuse.worn_out({ lot: lot.lot })
    : undefined;
}

function durableProblem(view: ProductionView, { lot, productType }: Lot): Refusal | undefined {
  return view.compositions.has(lot) ? undefined : refuse.not_durable({ productType });
}
