/**
 * The module's part of a genesis document: its records in protobuf JSON, table by table, in as
 * facts of block 0 and out as their exact inverse. What follows from records is not written twice.
 */
import { StateImported } from '../../proto/generated/artel/production/v1/event.ts';
import * as wire from '../../proto/generated/artel/production/v1/state.ts';
import { Json } from '../_kernel/json.ts';
import { MemoryState } from '../_kernel/memory-state.ts';
import { draft, type View } from '../_kernel/tables.ts';
import { evolve } from './evolve.ts';
import { invariants } from './invariants.ts';
import { tables } from './keys.ts';
import { pairsInRow } from './pairs.ts';
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

function* recordsOf<V>(table: { range(): Iterable<{ readonly value: unknown }> }): Iterable<V> {
  for (const { value } of table.range()) yield value as V;
}

/** Records that name their own key. */
const plain = <N extends Name>(
  codec: JsonCodec<StateImported[N][number]>,
  table: (view: ProductionView) => { range(): Iterable<{ readonly value: unknown }> },
): List<N> => ({ codec, rows: (view) => recordsOf(table(view)) });

/** Records that do not: `say` puts both together. */
const keyed = <N extends Name, K, V>(
  codec: JsonCodec<StateImported[N][number]>,
  table: (view: ProductionView) => { range(): Iterable<{ readonly key: K; readonly value: V }> },
  say: (key: K, value: V) => StateImported[N][number],
): List<N> => ({
  codec,
  *rows(view) {
    for (const { key, value } of table(view).range()) yield say(key, value);
  },
});

/** In the order in which records are written: what others build on comes first. */
const lists: { readonly [N in Name]: List<N> } = {
  counters: keyed(
    wire.Counter,
    ({ next }) => next,
    ([kind], next) => ({ kind, next }),
  ),
  types: plain(wire.ProductType, ({ types }) => types),
  commons: keyed(
    wire.CategoryOf,
    ({ commons }) => commons,
    ([component, productType]) => ({ component, productType }),
  ),
  orders: plain(wire.Order, ({ orders }) => orders),
  estimates: plain(wire.Estimate, ({ estimates }) => estimates),
  productions: plain(wire.Production, ({ productions }) => productions),
  compositions: keyed(
    wire.CompositionOf,
    ({ compositions }) => compositions,
    ([lot], composition) => ({ lot, composition }),
  ),
  formerCompositions: keyed(
    wire.FormerComposition,
    ({ formerCompositions }) => formerCompositions,
    ([lot, revaluation], composition) => ({ lot, revaluation, composition }),
  ),
  lots: plain(wire.Lot, ({ lots }) => lots),
  origins: keyed(
    wire.OriginOf,
    ({ origins }) => origins,
    ([lot], origin) => ({ lot, origin }),
  ),
  splits: keyed(
    wire.SplitOff,
    ({ splits }) => splits,
    ([lot, place], part) => ({ lot, place, part }),
  ),
  inputs: keyed(
    wire.InputOf,
    ({ inputs }) => inputs,
    ([production, place], input) => ({ production, place, input }),
  ),
  transfers: plain(wire.Transfer, ({ transfers }) => transfers),
  allocations: plain(wire.Allocation, ({ allocations }) => allocations),
  workloads: plain(wire.Workload, ({ workloads }) => workloads),
  sums: keyed(
    wire.SumsOf,
    ({ sums }) => sums,
    ([collective, segment], sums) => ({ collective, segment, sums }),
  ),
  pairs: {
    codec: wire.PairOf,
    *rows(view) {
      for (const { key, value } of view.pairs.range()) {
        const [collective, segment, row] = key;
        for (const [index, pair] of value.entries()) {
          yield { collective, segment, place: row * pairsInRow + BigInt(index), pair };
        }
      }
    },
  },
  statistics: keyed(
    wire.StatisticsOf,
    ({ statistics }) => statistics,
    ([productType, segment], sums) => ({ productType, segment, sums }),
  ),
  pools: keyed(
    wire.PoolOf,
    ({ pools }) => pools,
    ([component, productType], pool) => ({ component, productType, pool }),
  ),
  shelves: keyed(
    wire.ShelfOf,
    ({ shelves }) => shelves,
    ([store, productType], units) => ({ store, productType, units }),
  ),
  handedOverAt: keyed(
    wire.HandedOverAt,
    ({ handedOverAt }) => handedOverAt,
    ([store, productType], atMs) => ({ store, productType, atMs }),
  ),
  differences: keyed(
    wire.DifferenceOf,
    ({ differences }) => differences,
    ([store], difference) => ({ store, difference }),
  ),
  handed: keyed(
    wire.HandedOf,
    ({ handed }) => handed,
    ([store, segment], chargeMs) => ({ store, segment, chargeMs }),
  ),
  ballots: plain(wire.Ballot, ({ ballots }) => ballots),
  ballotsOf: keyed(
    wire.BallotOf,
    ({ ballotOf }) => ballotOf,
    ([estimate], ballot) => ({ estimate, ballot }),
  ),
  pending: keyed(
    wire.PendingBallot,
    ({ pending }) => pending,
    ([component, ballot]) => ({ component, ballot }),
  ),
  votes: keyed(
    wire.VoteOf,
    ({ votes }) => votes,
    ([ballot, collective], vote) => ({ ballot, collective, yes: vote === 1n }),
  ),
  moves: keyed(
    wire.Move,
    ({ moves }) => moves,
    ([collective, change], component) => ({ collective, change, component }),
  ),
  componentParams: keyed(
    wire.ParamsOf,
    ({ componentParams }) => componentParams,
    ([component], params) => ({ component, params }),
  ),
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
      .map((row) => whole(row, row.record(codec)));
    for (let at = 0; at < rows.length; at += batch) {
      const none = StateImported.fromPartial({});
      events.push({ type: 'StateImported', ...none, [name]: rows.slice(at, at + batch) });
    }
  }
  refuseImpossible(json, events);
  return events;
}

/** No record leaves a record in it out. */
function whole<T>(json: Json, record: T): T {
  for (const [name, value] of Object.entries(record as object)) {
    if (value === undefined) json.refuse(`has no field ${name}`);
  }
  return record;
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
