/**
 * The module's part of a genesis document: its records in protobuf JSON, table by table, in as facts
 * of block 0 and out as their exact inverse. What follows from records is not written twice.
 */
import { StateImported } from '../../proto/generated/artel/production/v1/event.ts';
import * as wire from '../../proto/generated/artel/production/v1/state.ts';
import { Json } from '../_kernel/json.ts';
import { MemoryState } from '../_kernel/memory-state.ts';
import { draft, type View } from '../_kernel/tables.ts';
import { evolve } from './evolve.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { defaultParameters, readParameters, writeParameters } from './parameters.ts';
import type { ProductionEvent } from './types.ts';

type ProductionView = View<typeof tables>;
type Name = keyof StateImported;

/** As ts-proto writes it. */
interface JsonCodec<T> {
  fromJSON(json: unknown): T;
  toJSON(value: T): unknown;
}

interface List<N extends Name> {
  readonly codec: JsonCodec<StateImported[N][number]>;
  readonly rows: (view: ProductionView) => Iterable<StateImported[N][number]>;
}

function* valuesOf<V>(table: { range(): Iterable<{ readonly value: unknown }> }): Iterable<V> {
  for (const { value } of table.range()) yield value as V;
}

/** The order in which records are written: what others build on comes first. */
const lists: { readonly [N in Name]: List<N> } = {
  counters: {
    codec: wire.Counter,
    *rows({ next }) {
      for (const { key, value } of next.range()) yield { kind: key[0], next: value };
    },
  },
  types: { codec: wire.ProductType, rows: ({ types }) => valuesOf(types) },
  commons: {
    codec: wire.CategoryOf,
    *rows({ commons }) {
      for (const { key } of commons.range()) yield { component: key[0], productType: key[1] };
    },
  },
  productions: { codec: wire.Production, rows: ({ productions }) => valuesOf(productions) },
  lots: { codec: wire.Lot, rows: ({ lots }) => valuesOf(lots) },
  compositions: {
    codec: wire.CompositionOf,
    *rows({ compositions }) {
      for (const { key, value } of compositions.range()) yield { lot: key[0], composition: value };
    },
  },
  transfers: { codec: wire.Transfer, rows: ({ transfers }) => valuesOf(transfers) },
  orders: { codec: wire.Order, rows: ({ orders }) => valuesOf(orders) },
  estimates: { codec: wire.Estimate, rows: ({ estimates }) => valuesOf(estimates) },
  allocations: { codec: wire.Allocation, rows: ({ allocations }) => valuesOf(allocations) },
  workloads: { codec: wire.Workload, rows: ({ workloads }) => valuesOf(workloads) },
  sums: {
    codec: wire.SumsOf,
    *rows({ sums }) {
      for (const { key, value } of sums.range()) {
        yield { collective: key[0], segment: key[1], sums: value };
      }
    },
  },
  pairs: {
    codec: wire.PairOf,
    *rows({ pairs }) {
      for (const { key, value } of pairs.range()) {
        yield { collective: key[0], segment: key[1], workload: key[2], pair: value };
      }
    },
  },
};

const names = Object.keys(lists) as readonly Name[];

export type GenesisJson = Readonly<Record<Name, readonly unknown[]>> & {
  readonly parameters: unknown;
};

export const defaultGenesis = {
  parameters: writeParameters(defaultParameters),
  ...Object.fromEntries(names.map((name) => [name, []])),
} as unknown as GenesisJson;

export function exportState(view: ProductionView): GenesisJson {
  const written = names.map((name) => {
    const { codec, rows } = lists[name] as List<Name>;
    return [name, Array.from(rows(view), (row) => codec.toJSON(row))];
  });
  return {
    parameters: writeParameters(view.params.get() ?? defaultParameters),
    ...Object.fromEntries(written),
  } as GenesisJson;
}

/** Records in one fact: so that none is larger than what a log holds with ease. */
const batch = 500;

/** Throws GenesisProblem for what can't be read, and for a state that no history leads to. */
export function importState(state: unknown): readonly ProductionEvent[] {
  const json = new Json(state, 'app_state.production');
  json.only('parameters', ...names);
  const params = readParameters(json.field('parameters'), defaultParameters);
  const events: ProductionEvent[] = [{ type: 'ParametersSet', params }];
  for (const name of names) {
    const { codec } = lists[name] as List<Name>;
    const rows = json
      .field(name)
      .list()
      .map((row) => row.record(codec));
    for (let at = 0; at < rows.length; at += batch) {
      const none = StateImported.fromPartial({});
      events.push({ type: 'StateImported', ...none, [name]: rows.slice(at, at + batch) });
    }
  }
  refuseImpossible(json, events);
  return events;
}

function refuseImpossible(json: Json, events: readonly ProductionEvent[]): void {
  const state = new MemoryState();
  const written = draft(tables, state);
  for (const event of events) {
    const write = evolve[event.type] as (to: typeof written, event: ProductionEvent) => void;
    write(written, event);
  }
  for (const { name, check } of invariants) {
    const problem = check(written);
    if (problem !== undefined) json.refuse(`does not hold "${name}": ${problem}`);
  }
}
