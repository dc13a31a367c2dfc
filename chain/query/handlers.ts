/** The handlers behind abci_query: one table from path to answer. */
import { SimulateRequest, SimulateResponse } from 'cosmjs-types/cosmos/tx/v1beta1/service';
import type { Context } from '../../modules/_kernel/decider.ts';
import { sdk } from '../../modules/_kernel/refusals.ts';
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
import { readBlockFacts } from '../events/block-record.ts';
import { HeadReader, type Suspending, settle, VersionReader } from '../store/overlay.ts';
import { type Answer, type Handler, moduleQuery, type Reading } from './router.ts';

/** Rows of one answer at most. */
const mostRows = 1000;
const defaultRows = 100;

export function chainQueries(chain: Chain): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>([
    ['/store/', storeKey(chain)],
    ['/cosmos.tx.v1beta1.Service/Simulate', simulate(chain)],
    ['/artel.chain.v1.Query/Chain', chainFacts(chain)],
    ['/artel.chain.v1.Query/Roots', roots(chain)],
    ['/artel.chain.v1.Query/Keys', keys(chain)],
    ['/artel.chain.v1.Query/BlockEvents', blockEvents(chain)],
  ]);
  for (const module of chain.modules) {
    const run = <T>(height: bigint, work: (read: Reading) => T): Promise<T> =>
      reading(chain, height, (context) =>
        work({
          view: chain.machine.view(module.name),
          ports: chain.machine.ports(module.name),
          context,
        }),
      );
    for (const query of module.queries) handlers.set(query.path, moduleQuery(query, run));
  }
  return handlers;
}

/**
 * Runs synchronous reads on the state of a height. PERF: the head is read where it stands, and read
 * again as a version where it moved meanwhile.
 */
async function reading<T>(chain: Chain, height: bigint, work: (context: Context) => T): Promise<T> {
  const { store, machine } = chain;
  const context = chain.contextAt(height);
  const readOn = (reader: Suspending): Promise<T> =>
    settle(reader, () => machine.reading(reader, context, () => work(context)));
  if (store.head?.height === height) {
    const { epoch } = store;
    const answer = await readOn(new HeadReader(store));
    if (store.epoch === epoch) return answer;
  }
  return readOn(new VersionReader(await store.at(height)));
}

/** `/store/<module>/key`: a raw value, with the two proof ops that lead to the app hash. */
function storeKey(chain: Chain): Handler {
  return async ({ path, data, height, prove }): Promise<Answer> => {
    const [, , module = '', what, ...more] = path.split('/');
    if (what !== 'key' || more.length > 0) {
      return sdk.unknown_request({ what: `${path} is not /store/<module>/key` });
    }
    if (data.length === 0) return sdk.invalid_request({ what: 'the key to read is empty' });
    const version = await chain.store.at(height);
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
function keys(chain: Chain): Handler {
  return async ({ data, height }) => {
    const { module, from, limit } = QueryKeysRequest.decode(data);
    if (!chain.enabled.has(module)) return sdk.not_found({ what: `no module ${module}` });
    const rows = Math.min(limit === 0 ? defaultRows : limit, mostRows);
    const version = await chain.store.at(height);
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
