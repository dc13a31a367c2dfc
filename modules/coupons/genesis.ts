/**
 * The module's part of a genesis document: facts of block 0 in lists of one kind, each written as
 * its protobuf JSON. What comes out is what goes in.
 */
import * as wire from '../../proto/generated/artel/coupons/v1/event.ts';
import { Json } from '../_kernel/json.ts';
import type { View } from '../_kernel/tables.ts';
import { timeMs } from '../_kernel/units.ts';
import { nonceBytes, type tables } from './keys.ts';
import { defaultParameters, readParameters, writeParameters } from './parameters.ts';
import {
  type CouponEvent,
  type CouponsExpired,
  DebtCause,
  type ParametersSet,
  type SegmentShare,
  segmentId,
} from './types.ts';

type CouponView = View<typeof tables>;

interface Codec {
  fromJSON(json: unknown): object;
  toJSON(fact: never): unknown;
}

/** In the order in which they are applied, after the parameters. */
const codecs = {
  SegmentRevised: wire.SegmentRevised,
  SupplyCounted: wire.SupplyCounted,
  CouponsExpired: wire.CouponsExpired,
  DebtCarried: wire.DebtCarried,
  LedgerEnded: wire.LedgerEnded,
  ClaimCarried: wire.ClaimCarried,
  ReceiptCarried: wire.ReceiptCarried,
  BalanceCarried: wire.BalanceCarried,
  EntryCarried: wire.EntryCarried,
  GuardiansSet: wire.GuardiansSet,
  WalletRecovered: wire.WalletRecovered,
  RecoveryApproved: wire.RecoveryApproved,
} as const satisfies Readonly<Record<string, Codec>>;

type Kind = keyof typeof codecs;
type Fact<K extends Kind> = Extract<CouponEvent, { readonly type: K }>;
const kinds = Object.keys(codecs) as readonly Kind[];

interface ParametersJson {
  readonly fromSegment: string;
  /** Where segments get a new length there: after this time. */
  readonly startMs?: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Lists of facts that are left out are empty. */
export type GenesisJson = { readonly parameters: readonly ParametersJson[] } & Readonly<
  Partial<Record<Kind, readonly unknown[]>>
>;

export const defaultGenesis: GenesisJson = {
  parameters: [{ fromSegment: '0', parameters: writeParameters(defaultParameters) }],
};

export function exportState(view: CouponView): GenesisJson {
  const facts = { ...ledgerFacts(view), ...walletFacts(view) };
  const { eras = [] } = view.eras.get() ?? {};
  const lists = kinds.map((kind) => {
    const written = facts[kind].map((fact) => (codecs[kind] as Codec).toJSON(fact as never));
    return [kind, written] as const;
  });
  return {
    parameters: Array.from(view.params.range(), ({ key: [fromSegment], value }) => {
      const era = eras.find(({ firstSegment }) => firstSegment === fromSegment);
      const start = era === undefined ? {} : { startMs: `${era.startMs}` };
      return { fromSegment: `${fromSegment}`, ...start, parameters: writeParameters(value) };
    }),
    ...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
  };
}

/** Revisions begin ledgers: what these carry besides, and which have ended, is said after them. */
function ledgerFacts(view: CouponView) {
  const shares = new Map<bigint, SegmentShare[]>();
  const expired: CouponsExpired[] = [];
  for (const { key, value } of view.shares.range()) {
    const [collective, segment] = key;
    const { revision, offsetMs, claimableMs } = value;
    const list = shares.get(revision) ?? [];
    shares.set(revision, list);
    list.push({ collective, offsetMs, claimableMs });
    if (!value.expired) continue;
    const component = view.revisions.get(revision)?.component ?? (0n as never);
    expired.push({
      type: 'CouponsExpired',
      component,
      collective,
      segment,
      amountMs: claimableMs,
    });
  }
  const SegmentRevised = Array.from(
    view.revisions.range(),
    ({ value: revision }): Fact<'SegmentRevised'> => ({
      type: 'SegmentRevised',
      revision,
      shares: shares.get(revision.revision) ?? [],
    }),
  );
  const revised = new Set(SegmentRevised.map(({ revision: { component } }) => component));
  return {
    SegmentRevised,
    SupplyCounted: Array.from(
      view.supplies.range(),
      ({ key: [component], value: supply }): Fact<'SupplyCounted'> => ({
        type: 'SupplyCounted',
        component,
        supply,
      }),
    ),
    CouponsExpired: expired,
    DebtCarried: Array.from(
      view.ledgers.range(),
      ({ key: [component], value }): Fact<'DebtCarried'> => ({
        type: 'DebtCarried',
        component,
        ...value,
        cause: DebtCause.CARRIED,
      }),
    ),
    LedgerEnded: [...revised]
      .filter((component) => !view.ledgers.has(component))
      .map((component): Fact<'LedgerEnded'> => ({ type: 'LedgerEnded', component })),
    ClaimCarried: Array.from(
      view.claimed.range(),
      ({ key: [workload] }): Fact<'ClaimCarried'> => ({ type: 'ClaimCarried', workload }),
    ),
    ReceiptCarried: Array.from(
      view.receipts.range(),
      ({ key: [store, nonce], value }): Fact<'ReceiptCarried'> => ({
        type: 'ReceiptCarried',
        store,
        nonce,
        ...value,
      }),
    ),
  };
}

function walletFacts(view: CouponView) {
  return {
    BalanceCarried: Array.from(
      view.balances.range(),
      ({ key: [wallet, origin], value: amountMs }): Fact<'BalanceCarried'> => ({
        type: 'BalanceCarried',
        wallet,
        origin,
        amountMs,
      }),
    ),
    EntryCarried: Array.from(
      view.entries.range(),
      ({ key: [wallet], value: entry }): Fact<'EntryCarried'> => ({
        type: 'EntryCarried',
        wallet,
        entry,
      }),
    ),
    GuardiansSet: Array.from(
      view.guardians.range(),
      ({ key: [wallet], value }): Fact<'GuardiansSet'> => ({
        type: 'GuardiansSet',
        wallet,
        ...value,
      }),
    ),
    RecoveryApproved: Array.from(
      view.approvals.range(),
      ({ key: [wallet, guardian], value: newKey }): Fact<'RecoveryApproved'> => ({
        type: 'RecoveryApproved',
        wallet,
        guardian,
        newKey,
      }),
    ),
    WalletRecovered: Array.from(
      view.keys.range(),
      ({ key: [wallet], value: newKey }): Fact<'WalletRecovered'> => ({
        type: 'WalletRecovered',
        wallet,
        previousKey: wallet,
        newKey,
      }),
    ),
  };
}

/** What a fact says beyond its form is for the invariants, which genesis runs, too. */
export function importState(state: unknown): readonly CouponEvent[] {
  const json = new Json(state, 'app_state.coupons').only('parameters', ...kinds);
  const facts = kinds.flatMap((kind) => {
    if (!json.has(kind)) return [];
    return json
      .field(kind)
      .list()
      .map((item) => readFact(kind, item));
  });
  return [...json.field('parameters').list().map(readParametersSet), ...facts];
}

function readFact(kind: Kind, item: Json): CouponEvent {
  const fact = { type: kind, ...item.record(codecs[kind] as never as Codec) } as CouponEvent;
  for (const name of ['wallet', 'guardian', 'newKey', 'previousKey'] as const) {
    if (item.has(name)) item.field(name).address();
  }
  if (fact.type === 'GuardiansSet') {
    for (const guardian of item.field('guardians').list()) guardian.address();
  }
  if (fact.type === 'ReceiptCarried' && fact.nonce.length !== nonceBytes) {
    item.field('nonce').refuse(`has ${fact.nonce.length} bytes, not ${nonceBytes}`);
  }
  return fact;
}

/** Segments of a length of their own from the first on begin at 0, unless a start is given. */
function readParametersSet(item: Json, index: number): ParametersSet {
  item.only('fromSegment', 'startMs', 'parameters');
  const fromSegment = segmentId(item.field('fromSegment').uint64());
  if (index === 0 && fromSegment !== 0n) item.refuse('is the first, and not from segment 0 on');
  const params = readParameters(item.field('parameters'), defaultParameters);
  const { segmentLengthMs } = params;
  const begins = item.has('startMs') || (fromSegment === 0n && segmentLengthMs !== 0n);
  if (!begins) return { type: 'ParametersSet', fromSegment, params };
  const startMs = timeMs(item.has('startMs') ? item.field('startMs').uint64() : 0n);
  const era = { firstSegment: fromSegment, startMs, segmentLengthMs };
  return { type: 'ParametersSet', fromSegment, params, era };
}
