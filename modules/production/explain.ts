/**
 * Where the value of a lot comes from, down to collectivization and work: each step with the exact
 * fraction, the integer that was booked and who keeps the remainder (row 2-N5). It reads single
 * records only and names their keys, so that whoever has proofs of these can compute it again.
 */
import type * as wire from '../../proto/generated/artel/production/v1/query.ts';
import type { Composition as StoredComposition } from '../../proto/generated/artel/production/v1/state.ts';
import { present } from '../_kernel/assert.ts';
import { type Rational, rational } from '../_kernel/rational.ts';
import { type Refusal, sdk } from '../_kernel/refusals.ts';
import { encodeKey, type View } from '../_kernel/tables.ts';
import { fromStored, tables } from './keys.ts';
import type { Input, Lot, LotId, Origin, ProductionId } from './types.ts';
import { residual, transfer } from './value.ts';

/** Lots, productions and splits in one answer. */
const mostNodes = 10_000;

export function explain(
  view: View<typeof tables>,
  asked: LotId,
): { readonly ok: true; readonly response: wire.QueryExplainResponse } | Refusal {
  const reading = new Reading(view);
  const walk = new Walk(reading);
  walk.lot(asked, 0n);
  for (;;) {
    if (walk.nodes > mostNodes) {
      return sdk.invalid_request({
        what: `lot ${asked} has more than ${mostNodes} lots and productions behind it`,
      });
    }
    if (!walk.step()) break;
  }
  if (walk.lots.size === 0) return sdk.not_found({ what: `there is no lot ${asked}` });
  return {
    ok: true,
    response: {
      lots: [...walk.lots.values()],
      productions: [...walk.productions.values()],
      keys: reading.keys,
    },
  };
}

type Name = 'lots' | 'origins' | 'splits' | 'compositions' | 'formerCompositions' | 'productions';

/** Reads records, each once, and remembers their keys. */
class Reading {
  readonly #view: View<typeof tables>;
  readonly #found = new Map<string, unknown>();
  readonly keys: Uint8Array[] = [];

  constructor(view: View<typeof tables>) {
    this.#view = view;
  }

  get<N extends Name | 'inputs'>(
    name: N,
    ...key: readonly bigint[]
  ): ReturnType<View<typeof tables>[N]['get']> {
    const named = `${name} ${key}`;
    if (!this.#found.has(named)) {
      this.keys.push(encodeKey(tables[name], key));
      const get = this.#view[name].get as (...key: readonly bigint[]) => unknown;
      this.#found.set(named, get(...key));
    }
    return this.#found.get(named) as ReturnType<View<typeof tables>[N]['get']>;
  }
}

type Waiting =
  | { readonly lot: LotId; readonly splits: bigint }
  | { readonly production: ProductionId };

/** A walk from products to what they are made of; takes no stack, sees each once. */
class Walk {
  readonly #reading: Reading;
  readonly #waiting: Waiting[] = [];
  readonly lots = new Map<LotId, wire.ExplainedLot>();
  readonly productions = new Map<ProductionId, wire.ExplainedProduction>();
  nodes = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Asks for a lot, and for what had been split off it up to a place. */
  lot(lot: LotId, splits: bigint): void {
    this.#waiting.push({ lot, splits });
  }

  /** False when nothing is left to explain. */
  step(): boolean {
    const next = this.#waiting.shift();
    if (next === undefined) return false;
    if ('lot' in next) this.#explainLot(next.lot, next.splits);
    else if (!this.productions.has(next.production)) this.#explainProduction(next.production);
    return true;
  }

  #explainLot(id: LotId, upTo: bigint): void {
    const known = this.lots.get(id) ?? this.#newLot(id);
    if (known === undefined) return;
    const splits = [...known.splits];
    for (let place = BigInt(splits.length); place < upTo; place += 1n) {
      const part = present(this.#reading.get('splits', id, place), `split ${place} of ${id}`);
      const { quantity, valueMs } = present(this.#reading.get('origins', part), `origin ${part}`);
      splits.push({ lot: part, quantity, valueMs });
      this.nodes += 1;
    }
    this.lots.set(id, { ...known, splits });
  }

  #newLot(id: LotId): wire.ExplainedLot | undefined {
    const lot = this.#reading.get('lots', id);
    if (lot === undefined) return undefined;
    this.nodes += 1;
    const { productType, label } = lot;
    const origin = present(this.#reading.get('origins', id), `origin of lot ${id}`);
    const composition = this.#compositionOf(lot, 0n);
    const { exact, keptBy } = roundingOf(origin, composition);
    this.#goOn(origin);
    return {
      ...{ lot: id, productType, label, origin, exact: fraction(exact), keptBy, splits: [] },
      composition,
    };
  }

  #goOn({ kind, lots, place, production }: Origin): void {
    if (kind === 'produced') this.#waiting.push({ production: production as ProductionId });
    if (kind === 'unshelved' || kind === 'collectivized') return;
    for (const lot of lots) this.#waitFor(lot as LotId, kind === 'split' ? place : undefined);
  }

  /** What was split off a lot counts up to where it went on from there. */
  #waitFor(id: LotId, splits: bigint | undefined): void {
    const lot = present(this.#reading.get('lots', id), `lot ${id}`);
    this.lot(id, splits ?? lot.splits);
  }

  #explainProduction(id: ProductionId): void {
    this.nodes += 1;
    const production = present(this.#reading.get('productions', id), `production ${id}`);
    const inputs: wire.ExplainedInput[] = [];
    for (let place = 0n; place < production.inputs; place += 1n) {
      inputs.push(this.#explainInput(present(this.#reading.get('inputs', id, place), 'an input')));
    }
    const outputs: wire.SplitPart[] = [];
    for (let place = 0n; place < production.outputs; place += 1n) {
      const lot = production.firstLot + place;
      const { quantity, valueMs } = present(this.#reading.get('origins', lot), `origin of ${lot}`);
      outputs.push({ lot, quantity, valueMs });
    }
    this.nodes += inputs.length + outputs.length;
    this.productions.set(id, { production, inputs, outputs });
  }

  #explainInput(input: Input): wire.ExplainedInput {
    const lot = present(this.#reading.get('lots', input.lot), `lot ${input.lot}`);
    this.lot(lot.lot, input.kind === 'means' ? 0n : lot.splits);
    const whole = { input, exact: fraction(rational(input.bookedMs)), keptBy: '' };
    if (input.kind !== 'means') return whole;
    const composition = present(this.#compositionOf(lot, input.revaluations), 'its composition');
    const { usedBefore, usedAfter } = input;
    const exact = transfer(fromStored(composition), usedBefore, usedAfter);
    return { input, exact: fraction(exact), keptBy: `lot ${lot.lot}`, composition };
  }

  #compositionOf(lot: Lot, revaluation: bigint): StoredComposition | undefined {
    return revaluation === lot.revaluations
      ? this.#reading.get('compositions', lot.lot)
      : this.#reading.get('formerCompositions', lot.lot, revaluation);
  }
}

/** How the value of a new lot was rounded. */
function roundingOf(
  origin: Origin,
  composition: StoredComposition | undefined,
): { readonly exact: Rational; readonly keptBy: string } {
  const { kind, quantity, valueMs, ofQuantity, ofValueMs, lots, component } = origin;
  switch (kind) {
    case 'split':
      return { exact: rational(ofValueMs * quantity, ofQuantity), keptBy: `lot ${lots[0]}` };
    case 'unshelved':
      return {
        exact: rational(ofValueMs * quantity, ofQuantity),
        keptBy: `the pool in component ${component}`,
      };
    case 'separated':
      return {
        exact:
          composition === undefined ? rational(valueMs) : residual(fromStored(composition), 0n),
        keptBy: `the write-off from lot ${lots[0]}`,
      };
    default:
      return { exact: rational(valueMs), keptBy: '' };
  }
}

function fraction({ num, den }: Rational): wire.Fraction {
  return { num: num.toString(), den: den.toString() };
}
