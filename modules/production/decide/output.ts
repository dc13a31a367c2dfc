/** The end of a production: lines that carry exactly what went in (D2.3, D2.22). */
import { present, unreachable } from '../../_kernel/assert.ts';
import { accept } from '../../_kernel/decider.ts';
import { rational } from '../../_kernel/rational.ts';
import { isRefusal, type Refusal } from '../../_kernel/refusals.ts';
import { type TimeMs, type WorkMs, workMs } from '../../_kernel/units.ts';
import {
  aged,
  type Composition,
  type CompositionProblem,
  compose,
  isComposition,
  pieces,
} from '../composition.ts';
import { fromStored, toStored } from '../keys.ts';
import { deviates, parametersOf } from '../parameters.ts';
import type { ProductionPorts } from '../ports.ts';
import { refuse } from '../refusals.ts';
import {
  DurabilityUnit,
  Label,
  type LotId,
  type OutputLine,
  type OwnershipId,
  type Production,
  type ProductionEvent,
  type ProductType,
  type TypeId,
} from '../types.ts';
import { atNoValue } from '../value.ts';
import {
  becomesCommon,
  componentOf,
  countsNothing,
  inProgressMs,
  next,
  openProduction,
  owed,
  type ProductionView,
  type Rules,
  typeFor,
  usedOf,
} from './guards.ts';

export const output: Rules<'Output'> = {
  Output(view, { signer, production: id, lines }, { timeMs }, ports) {
    const production = openProduction(view, ports, id, signer);
    if (isRefusal(production)) return production;
    const { producer, label, openMeans } = production;
    if (openMeans > 0n) return refuse.means_still_allocated({ production: id, means: openMeans });
    const unsigned = unsignedProblem(view, ports, production);
    if (unsigned !== undefined) return unsigned;
    const products = productsOf(view, ports, production, lines, timeMs);
    if (isRefusal(products)) return products;
    const sum = lines.reduce((total, { valueMs }) => total + valueMs, 0n);
    const valueMs = inProgressMs(production);
    if (sum !== valueMs) return refuse.values_do_not_sum({ lines: sum, inputs: valueMs });
    const deviation = deviationOf(view, ports, production, valueMs);
    if (isRefusal(deviation)) return deviation;

    const [lot, ownership] = [next<LotId>(view, 'lot'), next<OwnershipId>(view, 'ownership')];
    const segment = ports.segments.segmentAt(timeMs);
    const follows = lines.map((line) =>
      becomesCommon(view, ports, { label, productType: line.type as TypeId }, producer),
    );
    const commonMs = lines.reduce((sum, line, i) => sum + (follows[i] ? line.valueMs : 0n), 0n);
    const produced = lines.map((line, index): ProductionEvent => {
      const composition = products[index];
      return {
        type: 'LotProduced',
        production: id,
        lot: (lot + BigInt(index)) as LotId,
        owner: producer,
        productType: line.type as TypeId,
        label: follows[index] === true ? Label.COMMONS : label,
        quantity: line.quantity,
        valueMs: workMs(line.valueMs),
        ownership: (ownership + BigInt(index)) as OwnershipId,
        madeAtMs: timeMs,
        segment,
        ...(composition === undefined ? {} : { composition: toStored(composition) }),
      };
    });
    const finished = { type: 'ProductionFinished', production: id, producer, label, valueMs };
    return accept([
      ...produced,
      finished as ProductionEvent,
      ...owed(componentOf(ports, producer), commonMs),
      ...deviation,
    ]);
  },
};

/** Where the component says so, work counts once its workers have signed it, too (D2.28). */
function unsignedProblem(
  view: ProductionView,
  ports: ProductionPorts,
  { production, producer, unsigned }: Production,
): Refusal | undefined {
  const { countersign } = parametersOf(view, componentOf(ports, producer));
  if (!countersign || unsigned === 0n) return undefined;
  return refuse.not_countersigned({ production, unsigned });
}

/** How far the output is from the estimate, or from what a vote has approved since (2-P17). */
function deviationOf(
  view: ProductionView,
  ports: ProductionPorts,
  { production, producer, estimate, approvedMs }: Production,
  valueMs: WorkMs,
): readonly ProductionEvent[] | Refusal {
  const params = parametersOf(view, componentOf(ports, producer));
  const estimated = present(view.estimates.get(estimate), `estimate ${estimate}`).valueMs;
  const baseMs = approvedMs > estimated ? approvedMs : estimated;
  if (deviates(valueMs, baseMs, params.deviationVoteNum, params.deviationVoteDen)) {
    return refuse.output_vote_needed({ production, valueMs, baseMs });
  }
  if (!deviates(valueMs, baseMs, params.deviationWarnNum, params.deviationWarnDen)) return [];
  return [{ type: 'DeviationWarned', production, estimateMs: baseMs, valueMs }];
}

/** Composition of each line; undefined for what is not durable. */
function productsOf(
  view: ProductionView,
  ports: ProductionPorts,
  production: Production,
  lines: readonly OutputLine[],
  timeMs: TimeMs,
): readonly (Composition | undefined)[] | Refusal {
  const parts = partsOf(view, production, lines, timeMs);
  const used = new Set<LotId>();
  const products: (Composition | undefined)[] = [];
  let element = next<bigint>(view, 'element');
  for (const [index, line] of lines.entries()) {
    const type = lineType(view, ports, production, line);
    if (isRefusal(type)) return type;
    if (line.elements.length === 0) {
      products.push(undefined);
      continue;
    }
    const built = build(parts, type, line, element);
    if (isRefusal(built)) return built;
    for (const { lot } of built.parts) {
      if (used.has(lot)) return refuse.part_twice({ lot });
      used.add(lot);
    }
    const made = built.parts.reduce((sum, part) => sum + part.valueMs, built.ownMs);
    if (made !== line.valueMs) {
      return refuse.wrong_line_value({ line: index, given: line.valueMs, made });
    }
    products.push(built.product);
    element += BigInt(line.elements.length);
  }
  const forgotten = parts.all.find(({ lot }) => !used.has(lot));
  return forgotten === undefined ? products : refuse.part_never({ lot: forgotten.lot });
}

function lineType(
  view: ProductionView,
  ports: ProductionPorts,
  { producer, order }: Production,
  { type: id, quantity, elements }: OutputLine,
): ProductType | Refusal {
  const productType = id as TypeId;
  // What was ordered comes out also where a cut has put its definer into another component.
  const ordered = present(view.orders.get(order), `order ${order}`).productType;
  const known = productType === ordered ? view.types.get(ordered) : undefined;
  const type = known ?? typeFor(view, ports, productType, producer);
  if (isRefusal(type)) return type;
  const isDurable = type.durabilityUnit !== DurabilityUnit.UNSPECIFIED;
  if (isDurable && elements.length === 0) return refuse.no_durability({ productType });
  if (!isDurable && elements.length > 0) return refuse.not_durable({ productType });
  if (isDurable && quantity !== 1n) return refuse.not_one_by_one({ quantity });
  return type;
}

/** A lot that was allocated as a part. */
interface Part {
  readonly lot: LotId;
  readonly unit: DurabilityUnit;
  /** What the production took it on at. */
  readonly valueMs: bigint;
  readonly composition: Composition;
}

interface Parts {
  readonly all: readonly Part[];
  /** By element that a line names, however deep. */
  readonly holding: ReadonlyMap<bigint, Part>;
}

function partsOf(
  view: ProductionView,
  { production, label }: Production,
  lines: readonly OutputLine[],
  timeMs: TimeMs,
): Parts {
  const all = Array.from(view.partsOf.range({ prefix: [production] }), ({ key: [, id] }): Part => {
    const lot = present(view.lots.get(id), `lot ${id}`);
    const type = present(view.types.get(lot.productType), `type ${lot.productType}`);
    const stored = present(view.compositions.get(id), `composition of lot ${id}`);
    const composition = aged(fromStored(stored), usedOf(view, lot, timeMs));
    const isFree = countsNothing(label, lot);
    return {
      lot: id,
      unit: type.durabilityUnit,
      valueMs: isFree ? 0n : lot.valueMs,
      composition: isFree ? atNoValue(composition) : composition,
    };
  });
  // PERF: of ten thousand instances only those are looked up that a line names.
  const named = new Set(lines.flatMap(({ elements }) => elements.flatMap((made) => made.parts)));
  const holding = new Map<bigint, Part>();
  for (const part of all) {
    for (const { id } of part.composition) if (named.has(id)) holding.set(id, part);
  }
  return { all, holding };
}

interface Built {
  readonly product: Composition;
  readonly parts: readonly Part[];
  /** Value of the new elements. */
  readonly ownMs: bigint;
}

/** Puts the new elements of a line, numbered from `first` on, upon the parts that they name. */
function build(
  { holding }: Parts,
  { productType, durabilityUnit }: ProductType,
  { elements }: OutputLine,
  first: bigint,
): Built | Refusal {
  const parts = new Set<Part>();
  for (const id of elements.flatMap((element) => element.parts)) {
    const part = holding.get(id);
    if (part === undefined) {
      return refuse.malformed_composition({ problem: `has no part ${id} to build in` });
    }
    parts.add(part);
  }
  const foreign = [...parts].find(({ unit }) => unit !== durabilityUnit);
  if (foreign !== undefined) {
    return refuse.mixed_durability_units({ productType, lot: foreign.lot });
  }
  const product = compose(
    [...parts].flatMap(({ composition }) => composition),
    elements.map(({ valueMs, durability, parts: named, ownParts }, index) => ({
      id: first + BigInt(index),
      value: rational(valueMs),
      durability,
      parts: [...named, ...ownParts.map((place) => first + BigInt(place))],
    })),
  );
  if (!isComposition(product)) {
    const worn = product.kind === 'worn_out' ? holding.get(product.part) : undefined;
    if (worn !== undefined) return refuse.worn_out({ lot: worn.lot });
    return refuse.malformed_composition({ problem: spell(product) });
  }
  const apart = piecesOf(elements, first, holding);
  if (apart !== 1) {
    return refuse.malformed_composition({ problem: `is ${apart} pieces that nothing joins` });
  }
  const ownMs = elements.reduce((sum, { valueMs }) => sum + valueMs, 0n);
  return { product, parts: [...parts], ownMs };
}

/**
 * How many pieces new elements leave. PERF: what is in a part hangs together already, so a part
 * counts as one element, by the first that it has.
 */
function piecesOf(
  elements: OutputLine['elements'],
  first: bigint,
  holding: ReadonlyMap<bigint, Part>,
): number {
  const firstOf = (id: bigint): bigint =>
    present(holding.get(id)?.composition[0], 'an element of a part').id;
  const made = elements.map(({ parts, ownParts }, index) => ({
    id: first + BigInt(index),
    parts: [...parts.map(firstOf), ...ownParts.map((place) => first + BigInt(place))],
  }));
  return pieces(made).length;
}

function spell(problem: CompositionProblem): string {
  switch (problem.kind) {
    case 'repeated_element':
      return `has element ${problem.id} twice`;
    case 'repeated_part':
      return `builds part ${problem.part} into element ${problem.id} twice`;
    case 'unknown_part':
      return `has no part ${problem.part} for element ${problem.id}`;
    case 'cycle':
      return `has element ${problem.id} inside itself`;
    case 'no_durability':
      return `gives element ${problem.id}, which has no parts, no durability`;
    case 'derived_durability':
      return `gives element ${problem.id} a durability; its parts make it`;
    case 'worn_out':
      return `builds the worn-out part ${problem.part} into element ${problem.id}`;
    default:
      return unreachable(problem);
  }
}
