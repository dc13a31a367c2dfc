/** Goods of a type become common or exclusive, with a segment (D2.23); and parameters of votes. */
import { present } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { Json, problemIn } from '../../_kernel/json.ts';
import { workMs } from '../../_kernel/units.ts';
import {
  defaultParameters,
  parametersOf,
  readOwnParameters,
  readParameters,
} from '../parameters.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  type ApplyCategory,
  type BallotId,
  type CollectiveId,
  type ComponentId,
  Label,
  type Lot,
  type LotId,
  type Params,
  type ProductionEvent,
  type TypeId,
} from '../types.ts';
import { componentOf, owed, type ProductionView, type Rules, relabelled } from './guards.ts';

/** Lots that one block relabels; the next goes on where it ended. */
const mostLots = 500;

type Commands = 'ApplyCategory' | 'ApplyParameters' | 'SetParameters';

export const relabel: Rules<Commands> = {
  ApplyCategory(view, { ballot: id, collective, lot }, { timeMs }, ports) {
    const ballot = present(view.ballots.get(id), `ballot ${id}`);
    const { proposer, productType, label } = ballot;
    const component = componentOf(ports, proposer);
    const isFirst = collective === 0n;
    if (ballot.stage !== (isFirst ? 'passed' : 'in_force')) return accept([]);
    const events: ProductionEvent[] = [];
    if (isFirst) {
      events.push({ type: 'BallotAdvanced', ballot: id, stage: 'in_force', component });
      events.push({ type: 'CategorySet', component, productType, label });
      if (label === Label.COMMONS) events.push(...commonPool(view, component, productType));
    }
    const { lots, goOn } = lotsToRelabel(view, ports, { component, productType, label }, [
      collective,
      lot,
    ]);
    for (const [owner, found] of lots) {
      events.push(...relabelledTo(label, ports, owner, productType, found));
    }
    if (goOn === undefined) return accept(events);
    const rest: ApplyCategory = { type: 'ApplyCategory', ballot: id, ...goOn };
    return accept(events, [{ atMs: timeMs, command: rest }]);
  },

  ApplyParameters(view, { ballot: id, json }, _context, ports) {
    if (id === 0n) {
      const others = view.params.get() ?? defaultParameters;
      const read = (): Params => readParameters(Json.parse(json, 'production'), others);
      return accept([{ type: 'ParametersSet', params: read() }]);
    }
    const ballot = present(view.ballots.get(id), `ballot ${id}`);
    if (ballot.stage !== 'passed') return accept([]);
    const component = componentOf(ports, ballot.proposer);
    const params = readOwnParameters(json, parametersOf(view, component));
    return accept([
      { type: 'BallotAdvanced', ballot: id, stage: 'in_force', component },
      { type: 'ComponentParametersSet', component, params },
    ]);
  },

  /** With the next segment (D2.15). */
  SetParameters(_view, { json }, { timeMs }, { segments }) {
    const problem = problemIn(() =>
      readParameters(Json.parse(json, 'production'), defaultParameters),
    );
    if (problem !== undefined) return refuse.malformed_parameters({ problem });

    const atMs = (segments.endOf(segments.segmentAt(timeMs)) + 1n) as typeof timeMs;
    const command = { type: 'ApplyParameters', ballot: 0n as BallotId, json } as const;
    return accept([], [{ atMs, command }]);
  },
};

/** What a component would owe if a type became common now: the figure of the ballot. */
export function exclusiveValueOf(
  view: ProductionView,
  ports: ProductionPorts,
  component: ComponentId,
  productType: TypeId,
): bigint {
  let sum = view.pools.get(component, productType)?.valueMs ?? 0n;
  for (const owner of ports.trust.members(component)) {
    for (const { key } of view.lotsOf.range({ prefix: [owner, productType] })) {
      const lot = present(view.lots.get(key[2]), `lot ${key[2]}`);
      if (lot.label === Label.EXCLUSIVE) sum += lot.valueMs;
    }
  }
  return sum;
}

function commonPool(
  view: ProductionView,
  component: ComponentId,
  productType: TypeId,
): readonly ProductionEvent[] {
  const { valueMs = 0n } = view.pools.get(component, productType) ?? {};
  if (valueMs === 0n) return [];
  const value = workMs(valueMs);
  return [
    { type: 'PoolRelabelled', component, productType, valueMs: value },
    ...owed(component, value),
  ];
}

/** Those of the other label, from a place on, by owner; means at work follow when they are free. */
function lotsToRelabel(
  view: ProductionView,
  { trust }: ProductionPorts,
  to: { readonly component: ComponentId; readonly productType: TypeId; readonly label: Label },
  [fromOwner, fromLot]: readonly [CollectiveId, LotId],
) {
  const lots = new Map<CollectiveId, Lot[]>();
  let seen = 0;
  for (const owner of trust.members(to.component, fromOwner)) {
    const start = owner === fromOwner ? fromLot : (0n as LotId);
    const from: [CollectiveId, TypeId, LotId] = [owner, to.productType, start];
    for (const { key } of view.lotsOf.range({ prefix: [owner, to.productType], from })) {
      if (seen === mostLots) return { lots, goOn: { collective: owner, lot: key[2] } };
      seen += 1;
      const lot = present(view.lots.get(key[2]), `lot ${key[2]}`);
      if (lot.label === to.label || lot.stage === 'allocated') continue;
      const found = lots.get(owner);
      if (found === undefined) lots.set(owner, [lot]);
      else found.push(lot);
    }
  }
  return { lots, goOn: undefined };
}

function relabelledTo(
  label: Label,
  ports: ProductionPorts,
  owner: CollectiveId,
  productType: TypeId,
  lots: readonly Lot[],
): readonly ProductionEvent[] {
  if (label === Label.COMMONS) return relabelled(ports, owner, productType, lots);
  const ids = lots.map(({ lot }) => lot);
  const valueMs = workMs(0n);
  return [{ type: 'LotsRelabelled', owner, productType, label, lots: ids, valueMs }];
}
