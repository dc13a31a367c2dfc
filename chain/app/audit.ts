/**
 * What the auditor is given of a chain in this process: its facts as events, and its own figures to
 * compare with.
 */
import type { Context, Tagged } from '../../modules/_kernel/decider.ts';
import type { Tables, View } from '../../modules/_kernel/tables.ts';
import type { tables as bankTables } from '../../modules/bank/keys.ts';
import type { tables as couponTables } from '../../modules/coupons/keys.ts';
import type { tables as productionTables } from '../../modules/production/keys.ts';
import type { tables as trustTables } from '../../modules/trust/keys.ts';
import type { tables as validatorsTables } from '../../modules/validators/keys.ts';
import { Auditor } from '../audit/auditor.ts';
import { differences, type Figures, type SeenEvent } from '../audit/reading.ts';
import { abciEvents } from '../events/abci.ts';
import { readBlockFacts, readBlockTime } from '../events/block-record.ts';
import { decodeFacts } from '../events/record.ts';
import type { Store } from '../store/store.ts';
import type { AnyModule, Fact } from './composition.ts';
import { LogIncomplete } from './replay.ts';

/** The facts of a genesis document, as events. */
export function genesisEvents(
  modules: ReadonlyMap<string, AnyModule>,
  appState: Readonly<Record<string, unknown>>,
  context: Context,
): readonly SeenEvent[] {
  const named = [...modules.values()].filter(({ name }) => Object.hasOwn(appState, name));
  return named.flatMap(({ name, genesis }) => {
    const events: Iterable<Tagged> = genesis.import(appState[name], context);
    const facts = Array.from(events, (event) => ({ module: name, event }));
    return allEvents(modules, facts);
  });
}

/** Follows the whole event log of a store. @throws LogIncomplete where it begins later. */
export function auditLog(o: {
  readonly store: Store;
  readonly modules: ReadonlyMap<string, AnyModule>;
  readonly genesisHeight: bigint;
  readonly onProgress?: (height: bigint, last: bigint) => void;
  readonly signal?: AbortSignal;
}): Auditor {
  const auditor = new Auditor();
  const last = o.store.head?.height ?? o.genesisHeight;
  for (let height = o.genesisHeight; height <= last; height += 1n) {
    o.signal?.throwIfAborted();
    const bytes = readBlockFacts(o.store, height) ?? new Uint8Array();
    if (height === o.genesisHeight && bytes.length === 0) {
      throw new LogIncomplete(`the event log has no facts of genesis (height ${height})`);
    }
    const events = allEvents(o.modules, decodeFacts(o.modules, bytes));
    auditor.take(height, readBlockTime(o.store, height), events);
    o.onProgress?.(height, last);
  }
  auditor.check();
  return auditor;
}

/** Also of facts that blocks are quiet about, such as fees: here no `tx` event tells them. */
function allEvents(
  modules: ReadonlyMap<string, AnyModule>,
  facts: readonly Fact[],
): readonly SeenEvent[] {
  const loud = new Map(
    [...modules].map(([name, module]) => {
      const events = Object.entries(module.events).map(([type, { quiet: _, ...wire }]) => [
        type,
        wire,
      ]);
      return [name, { ...module, events: Object.fromEntries(events) } as AnyModule];
    }),
  );
  return abciEvents(loud, facts);
}

/** Everything that the auditor and the chain have different, a line each. */
export function auditProblems(auditor: Auditor, chain: Figures): readonly string[] {
  return [...auditor.problems, ...differences(chain, auditor.figures())];
}

type ViewOf = (module: string) => View<Tables> | undefined;

/** The chain's own figures under the names of the auditor. */
export function figuresOf(viewOf: ViewOf): Figures {
  const figures = new Map<string, bigint>();
  const add = (name: string, value: bigint): void => {
    if (value !== 0n) figures.set(name, value);
  };
  tokens(viewOf, add);
  const trust = viewOf('trust') as View<typeof trustTables> | undefined;
  for (const { key, value } of trust?.componentOf.range() ?? []) {
    add(`component of ${key[0]}`, value);
  }
  goods(viewOf, add);
  coupons(viewOf, add);
  return figures;
}

type Add = (name: string, value: bigint) => void;

function tokens(viewOf: ViewOf, add: Add): void {
  const bank = viewOf('bank') as View<typeof bankTables> | undefined;
  for (const { key, value } of bank?.balances.range() ?? []) add(`balance ${key[0]}`, value);
  add('supply', bank?.supply.get() ?? 0n);
  const validators = viewOf('validators') as View<typeof validatorsTables> | undefined;
  for (const { key, value } of validators?.validators.range() ?? []) {
    add(`bond ${key[0]}`, 'bondUhub' in value ? value.bondUhub : 0n);
  }
}

/** Stages in which a lot is in somebody's hands. */
const inHand = ['free', 'offered', 'allocated'];

function goods(viewOf: ViewOf, add: Add): void {
  const view = viewOf('production') as View<typeof productionTables> | undefined;
  if (view === undefined) return;
  for (const { value: lot } of view.lots.range()) {
    if (!inHand.includes(lot.stage)) continue;
    add(`value of lot ${lot.lot}`, lot.valueMs);
    add(`quantity of lot ${lot.lot}`, lot.quantity);
    add(`owner of lot ${lot.lot}`, lot.owner);
  }
  for (const { value } of view.productions.range()) {
    if (value.stage !== 'open') continue;
    const inside = value.consumedMs + value.transferredMs + value.workedMs;
    add(`work in production ${value.production}`, inside);
  }
  for (const { key, value } of view.exclusiveGoods.range()) add(`goods of ${key[0]}`, value);
  for (const { key, value } of view.sums.range()) {
    add(`a of ${key[0]}/${key[1]}`, value.aMs);
    add(`c of ${key[0]}/${key[1]}`, value.cMs);
    add(`w of ${key[0]}/${key[1]}`, value.wMs);
  }
  for (const { key, value } of view.pools.range()) {
    add(`value of pool ${key[0]}/${key[1]}`, value.valueMs);
    add(`units of pool ${key[0]}/${key[1]}`, value.units);
  }
  for (const { key, value } of view.differences.range()) {
    add(`difference of ${key[0]}`, value.burnedMs - value.chargedMs);
  }
}

function coupons(viewOf: ViewOf, add: Add): void {
  const view = viewOf('coupons') as View<typeof couponTables> | undefined;
  if (view === undefined) return;
  for (const { key, value } of view.balances.range()) add(`coupons ${key[0]} of ${key[1]}`, value);
  for (const { key, value } of view.shares.range()) {
    add(`claimable of ${key[0]}/${key[1]}`, value.claimableMs);
  }
  for (const { key, value } of view.ledgers.range()) add(`debt of ${key[0]}`, value.debtMs);
}
