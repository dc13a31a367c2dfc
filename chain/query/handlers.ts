/** The handlers behind abci_query: one table from path to answer. */
import { SimulateRequest, SimulateResponse } from 'cosmjs-types/cosmos/tx/v1beta1/service';
import type { Context } from '../../modules/_kernel/decider.ts';
import { sdk } from '../../modules/_kernel/refusals.ts';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { tables as chainTables, eventLogHeadKey } from '../../modules/chain/keys.ts';
import {
  QueryBlockEventsRequest,
  QueryBlockEventsResponse,
  QueryChainResponse,
  QueryKeysRequest,
  QueryKeysResponse,
  QueryRootsResponse,
} from '../../proto/generated/artel/chain/v1/query.ts';
import type { Chain } from '../app/chain.ts';
import type { AnyModule } from '../app/composition.ts';
import type { Machine } from '../app/machine.ts';
import { readBlockFacts } from '../events/block-record.ts';
import { HeadReader, type Suspending, settle, VersionReader } from '../store/overlay.ts';
import type { Version } from '../store/version.ts';
import {
  type Answer,
  type Asked,
  type Handler,
  longestScanMs,
  moduleQuery,
  type Reading,
  ScanTooLong,
} from './router.ts';

/** Rows of one answer at most. */
const mostRows = 1000;
const defaultRows = 100;

/** What queries are answered from. */
export interface QuerySource {
  readonly modules: readonly AnyModule[];
  readonly machine: Machine;
  /** The state of a height; rejects with `HeightNotAvailable`. */
  at(height: bigint): Promise<Version>;
  contextAt(height: bigint): Context;
  /** Of a processor for one query; `longestScanMs` where left out. */
  readonly limitMs?: number;
  /** Lets more urgent work go first; for who reads beside it. */
  readonly giveWay?: () => void;
}

/** Answers queries that may read much, beside the thread that makes blocks. */
export interface Scans {
  answer(asked: Asked, chain: Pick<Chain, 'modules' | 'contextAt'>): Promise<Answer>;
}

const pathOfKeys = '/artel.chain.v1.Query/Keys';

/** All queries of a chain. Without `scans`, everything is read in this thread. */
export function chainQueries(chain: Chain, scans: Scans | undefined): ReadonlyMap<string, Handler> {
  const source: QuerySource = {
    modules: chain.modules,
    machine: chain.machine,
    at: (height) => chain.store.at(height),
    contextAt: (height) => chain.contextAt(height),
  };
  const aside: Handler | undefined = scans && ((asked) => scans.answer(asked, chain));
  const isHead = (height: bigint): boolean => chain.store.head?.height === height;
  const handlers = new Map<string, Handler>([
    ['/cosmos.tx.v1beta1.Service/Simulate', simulate(chain)],
    ['/artel.chain.v1.Query/Chain', chainFacts(chain)],
    ['/artel.chain.v1.Query/Roots', roots(chain)],
    ['/artel.chain.v1.Query/BlockEvents', blockEvents(chain)],
    [pathOfKeys, aside ?? keys(source)],
  ]);
  const proveOrRead = storeKey(source);
  handlers.set('/store/', (asked) =>
    isHead(asked.height) ? proveOrRead(asked) : (aside ?? proveOrRead)(asked),
  );
  for (const module of chain.modules) {
    for (const query of module.queries) {
      const lookUp = moduleQuery(query, (height, work) =>
        readingHead(chain, source, module, height, aside !== undefined, work),
      );
      handlers.set(query.path, (asked) => {
        if (aside === undefined) return lookUp(asked);
        return isHead(asked.height) ? unlessItScans(lookUp, aside, asked) : aside(asked);
      });
    }
  }
  return handlers;
}

/** The queries that may read much: those that `Scans` answers. */
export function scanningQueries(source: QuerySource): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>([
    ['/store/', storeKey(source)],
    [pathOfKeys, keys(source)],
  ]);
  for (const module of source.modules) {
    for (const query of module.queries) {
      handlers.set(
        query.path,
        moduleQuery(query, (height, work) => readingVersion(source, module, height, work)),
      );
    }
  }
  return handlers;
}

/** A query at the head that began a range, where ranges are to be read elsewhere. */
class ScanBegun extends Error {}

async function unlessItScans(lookUp: Handler, aside: Handler, asked: Asked): Promise<Answer> {
  try {
    return await lookUp(asked);
  } catch (error) {
    if (error instanceof ScanBegun) return aside(asked);
    throw error;
  }
}

/**
 * Runs synchronous reads on the state of a height. PERF: the head is read where it stands, and read
 * again as a version where it moved meanwhile.
 */
async function readingHead<T>(
  chain: Chain,
  source: QuerySource,
  module: AnyModule,
  height: bigint,
  onlyRows: boolean,
  work: (read: Reading) => T,
): Promise<T> {
  const { store } = chain;
  if (store.head?.height === height) {
    const { epoch } = store;
    const head = new HeadReader(store);
    const reader: Suspending = onlyRows ? new RowsOf(head) : head;
    const answer = await readingOn(reader, source, module, height, work);
    if (store.epoch === epoch) return answer;
    if (onlyRows) throw new ScanBegun();
  }
  return readingVersion(source, module, height, work);
}

async function readingVersion<T>(
  source: QuerySource,
  module: AnyModule,
  height: bigint,
  work: (read: Reading) => T,
): Promise<T> {
  const reader = new Bounded(new VersionReader(await source.at(height)), source);
  return readingOn(reader, source, module, height, work);
}

function readingOn<T>(
  reader: Suspending,
  { machine, contextAt }: QuerySource,
  { name }: AnyModule,
  height: bigint,
  work: (read: Reading) => T,
): Promise<T> {
  const context = contextAt(height);
  const read = { view: machine.view(name), ports: machine.ports(name), context };
  return settle(reader, () => machine.reading(reader, context, () => work(read)));
}

/** The rows of a reader; a range is none of its business. */
class RowsOf implements Suspending {
  readonly #rows: HeadReader;

  constructor(rows: HeadReader) {
    this.#rows = rows;
  }

  get(module: string, key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(module, key);
  }

  range(): never {
    throw new ScanBegun();
  }

  load(): Promise<void> {
    return this.#rows.load();
  }
}

/** Rows between two looks at whether to give way: well below a millisecond of work. */
const rowsInSlice = 64;

/**
 * Reads only so long, in time of its thread, and gives way every so many rows. Time is looked at
 * between loads, of some thousand rows each.
 */
class Bounded implements Suspending {
  readonly #reader: Suspending;
  readonly #giveWay: () => void;
  readonly #limitMs: number;
  readonly #began = process.threadCpuUsage();
  #rows = 0;

  constructor(reader: Suspending, { giveWay, limitMs }: QuerySource) {
    this.#reader = reader;
    this.#giveWay = giveWay ?? (() => {});
    this.#limitMs = limitMs ?? longestScanMs;
  }

  get(module: string, key: Uint8Array): Uint8Array | undefined {
    this.#step();
    return this.#reader.get(module, key);
  }

  *range(module: string, bounds: Bounds): Iterable<Entry> {
    for (const entry of this.#reader.range(module, bounds)) {
      this.#step();
      yield entry;
    }
  }

  load(): Promise<void> {
    const { user, system } = process.threadCpuUsage(this.#began);
    if (user + system > this.#limitMs * 1_000) throw new ScanTooLong(this.#limitMs);
    this.#giveWay();
    return this.#reader.load();
  }

  #step(): void {
    this.#rows += 1;
    if (this.#rows % rowsInSlice === 0) this.#giveWay();
  }
}

/** `/store/<module>/key`: a raw value, with the two proof ops that lead to the app hash. */
function storeKey(source: QuerySource): Handler {
  return async ({ path, data, height, prove }): Promise<Answer> => {
    const [, , module = '', what, ...more] = path.split('/');
    if (what !== 'key' || more.length > 0) {
      return sdk.unknown_request({ what: `${path} is not /store/<module>/key` });
    }
    if (data.length === 0) return sdk.invalid_request({ what: 'the key to read is empty' });
    const version = await source.at(height);
    if (!prove) {
      const value = await version.get(module, data);
      return { ok: true, value: value ?? new Uint8Array(), proof: { key: data, ops: [] } };
    }
    const { value, ops } = await version.prove(module, data);
    return { ok: true, value: value ?? new Uint8Array(), proof: { key: data, ops } };
  };
}

function simulate(chain: Chain): Handler {
  return async ({ data }) => {
    const { txBytes, tx } = SimulateRequest.decode(data);
    if (txBytes.length === 0 || tx !== undefined) {
      return sdk.invalid_request({ what: 'simulate wants tx_bytes, and not the deprecated tx' });
    }
    const reader = new HeadReader(chain.store);
    const simulated = await chain.transactions.simulate(reader, chain.nextContext(), txBytes);
    if (simulated.refusal !== undefined) return simulated.refusal;
    const { gasWanted, gasUsed, data: result, events } = simulated;
    return {
      ok: true,
      value: SimulateResponse.encode({
        gasInfo: { gasWanted: BigInt(gasWanted), gasUsed: BigInt(gasUsed) },
        result: { data: result, log: '', events: [...events], msgResponses: [] },
      }).finish(),
    };
  };
}

function chainFacts(chain: Chain): Handler {
  return async ({ height }) => {
    const version = await chain.store.at(height);
    const stored = await version.get('chain', Uint8Array.of(chainTables.facts.prefix));
    if (stored === undefined) return sdk.not_found({ what: 'the chain has no facts' });
    const facts = chainTables.facts.value.decode(stored);
    const value = QueryChainResponse.encode({
      chainId: facts.chainId,
      initialHeight: facts.initialHeight,
      genesisTimeMs: facts.genesisTimeMs,
      appVersion: facts.appVersion,
      eventLogHead: (await version.get('chain', eventLogHeadKey)) ?? new Uint8Array(),
      modules: chain.modules.map(({ name }) => name),
    }).finish();
    return { ok: true, value };
  };
}

function roots(chain: Chain): Handler {
  return async ({ height }) => {
    const version = await chain.store.at(height);
    const modules = [...(await version.moduleRoots())];
    const value = QueryRootsResponse.encode({
      height,
      appHash: version.appHash,
      roots: modules.map(([module, root]) => ({ module, root })),
    }).finish();
    return { ok: true, value };
  };
}

/** Raw entries of a module in key order, page by page. */
function keys(source: QuerySource): Handler {
  return async ({ data, height }) => {
    const { module, from, limit } = QueryKeysRequest.decode(data);
    if (!source.modules.some(({ name }) => name === module)) {
      return sdk.not_found({ what: `no module ${module}` });
    }
    const rows = Math.min(limit === 0 ? defaultRows : limit, mostRows);
    source.giveWay?.();
    const version = await source.at(height);
    const lt = new Uint8Array(129).fill(255);
    const found = await version.range(module, { gte: from, lt, limit: rows + 1 });
    const value = QueryKeysResponse.encode({
      entries: found.slice(0, rows).map(([key, stored]) => ({ key, value: stored })),
      next: found[rows]?.[0] ?? new Uint8Array(),
    }).finish();
    return { ok: true, value };
  };
}

function blockEvents(chain: Chain): Handler {
  return async ({ data }) => {
    const { height } = QueryBlockEventsRequest.decode(data);
    const head = chain.store.head?.height ?? 0n;
    if (height > head)
      return sdk.not_found({ what: `height ${height} is above the last, ${head}` });
    const facts = readBlockFacts(chain.store, height);
    const value = QueryBlockEventsResponse.encode({ blockEvents: facts ?? new Uint8Array() });
    return { ok: true, value: value.finish() };
  };
}
