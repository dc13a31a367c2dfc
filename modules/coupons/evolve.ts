/** Writes what the facts of coupons say; one function an event, no rule in any of them. */
import type { Address } from '../_kernel/address.ts';
import { present } from '../_kernel/assert.ts';
import type { Evolve } from '../_kernel/decider.ts';
import type { Draft } from '../_kernel/tables.ts';
import { workMs } from '../_kernel/units.ts';
import type { Expiry, tables } from './keys.ts';
import { putBalance, type SupplyRows } from './supply.ts';
import {
  type CollectiveId,
  type CouponEvent,
  type Entry,
  EntryKind,
  revisionId,
  type SegmentId,
  segmentId,
} from './types.ts';

type CouponDraft = Draft<typeof tables>;

export const evolve: Evolve<typeof tables, CouponEvent> = {
  /** The revision that follows says what the debt is then. */
  CouponsExpired(draft, { collective, segment, amountMs }) {
    const share = shareOf(draft, collective, segment);
    draft.shares.set(collective, segment, { ...share, claimableMs: workMs(0n), expired: true });
    const left = expiring(draft, collective).filter(({ earned }) => earned !== segment);
    if (left.length === 0) draft.expiring.delete(collective);
    else draft.expiring.set(collective, left);
    addToStanding(draft, collective, 0n, -amountMs);
  },

  SegmentRevised(draft, { revision, shares }) {
    const { component, segment, expiresWith } = revision;
    draft.revisions.set(revision.revision, revision);
    draft.revisionOf.set(component, segment, revision.revision);
    draft.nextRevision.set(revisionId(revision.revision + 1n));
    const nextSegment = segmentId(segment + 1n);
    draft.ledgers.set(component, { debtMs: revision.debtAfterMs, nextSegment });
    for (const { collective, offsetMs, claimableMs } of shares) {
      const share = { revision: revision.revision, offsetMs, claimableMs, expired: false };
      draft.shares.set(collective, segment, share);
      if (expiresWith !== 0n) {
        const added = { ends: expiresWith, earned: segment };
        draft.expiring.set(collective, [...expiring(draft, collective), added]);
      }
      addToStanding(draft, collective, 0n, claimableMs);
    }
  },

  SupplyCounted(draft, { component, supply }) {
    draft.supplies.set(component, supply);
  },

  CouponsClaimed(draft, { workload, collective, segment, wallet, amountMs, claimedAtMs: atMs }) {
    const share = shareOf(draft, collective, segment);
    const claimableMs = workMs(share.claimableMs - amountMs);
    draft.shares.set(collective, segment, { ...share, claimableMs });
    draft.claimed.set(workload, true);
    addToBalance(draft, wallet, collective, amountMs, -amountMs);
    const kind = EntryKind.CLAIM;
    addEntry(draft, wallet, { atMs, kind, number: workload, collective, amountMs, segment });
  },

  CouponsAppropriated(draft, { wallet, store, amountMs, nonce, parts, appropriatedAtMs }) {
    draft.receipts.set(store, nonce, { amountMs, appropriatedAtMs });
    for (const { origin, amountMs: part } of parts) {
      addToBalance(draft, wallet, origin, -part);
    }
    addEntry(draft, wallet, {
      atMs: appropriatedAtMs,
      kind: EntryKind.APPROPRIATION,
      number: (draft.appropriations.get(wallet) ?? 0n) + 1n,
      collective: store,
      amountMs,
      segment: segmentId(0n),
    });
  },

  GuardiansSet(draft, { wallet, guardians, threshold }) {
    dropApprovals(draft, wallet);
    if (guardians.length === 0) draft.guardians.delete(wallet);
    else draft.guardians.set(wallet, { guardians, threshold });
  },

  RecoveryApproved(draft, { wallet, guardian, newKey }) {
    draft.approvals.set(wallet, guardian, newKey);
  },

  WalletRecovered(draft, { wallet, newKey }) {
    dropApprovals(draft, wallet);
    if (newKey === wallet) draft.keys.delete(wallet);
    else draft.keys.set(wallet, newKey);
  },

  ParametersSet(draft, { fromSegment, params, era }) {
    draft.params.set(fromSegment, params);
    if (era === undefined) return;
    const eras = draft.eras.get()?.eras ?? [];
    // The same boundary may get another length before it comes.
    const earlier = eras.filter(({ firstSegment }) => firstSegment < fromSegment);
    draft.eras.set({ eras: [...earlier, era] });
  },

  SegmentsPassed(draft, { component, toSegment }) {
    const debtMs = draft.ledgers.get(component)?.debtMs ?? 0n;
    draft.ledgers.set(component, { debtMs, nextSegment: segmentId(toSegment + 1n) });
  },

  DebtCarried(draft, { component, debtMs, nextSegment }) {
    draft.ledgers.set(component, { debtMs, nextSegment });
  },

  LedgerEnded(draft, { component }) {
    draft.ledgers.delete(component);
  },

  BalanceCarried(draft, { wallet, origin, amountMs }) {
    addToBalance(draft, wallet, origin, amountMs);
  },

  ClaimCarried(draft, { workload }) {
    draft.claimed.set(workload, true);
  },

  ReceiptCarried(draft, { store, nonce, amountMs, appropriatedAtMs }) {
    draft.receipts.set(store, nonce, { amountMs, appropriatedAtMs });
  },

  EntryCarried(draft, { wallet, entry }) {
    addEntry(draft, wallet, entry);
  },
};

/** Appropriations are numbered in the order of time. */
function addEntry(draft: CouponDraft, wallet: Address, entry: Entry): void {
  const { atMs, kind, number } = entry;
  draft.entries.set(wallet, atMs, BigInt(kind), number, entry);
  if (kind === EntryKind.APPROPRIATION) draft.appropriations.set(wallet, number);
}

function expiring(draft: CouponDraft, collective: CollectiveId): readonly Expiry[] {
  return draft.expiring.get(collective) ?? [];
}

function shareOf(draft: CouponDraft, collective: CollectiveId, segment: SegmentId) {
  return present(draft.shares.get(collective, segment), `share of ${collective} in ${segment}`);
}

function addToBalance(
  draft: CouponDraft,
  wallet: Address,
  origin: CollectiveId,
  change: bigint,
  claimable = 0n,
): void {
  if (change === 0n) return;
  const balance = workMs((draft.balances.get(wallet, origin) ?? 0n) + change);
  if (balance === 0n) draft.balances.delete(wallet, origin);
  else draft.balances.set(wallet, origin, balance);
  const rows: SupplyRows = {
    get: (path) => draft.supplyRows.get(origin, path),
    set: (path, row) => draft.supplyRows.set(origin, path, row),
    delete: (path) => draft.supplyRows.delete(origin, path),
  };
  const root = putBalance(rows, origin, wallet, balance)?.hash ?? noRoot;
  addToStanding(draft, origin, change, claimable, root);
}

const noRoot = new Uint8Array();

function addToStanding(
  draft: CouponDraft,
  collective: CollectiveId,
  balance: bigint,
  claimable: bigint,
  root?: Uint8Array,
): void {
  const before = draft.standings.get(collective);
  draft.standings.set(collective, {
    balanceMs: workMs((before?.balanceMs ?? 0n) + balance),
    claimableMs: workMs((before?.claimableMs ?? 0n) + claimable),
    root: root ?? before?.root ?? noRoot,
  });
}

function dropApprovals(draft: CouponDraft, wallet: Address): void {
  const approved = Array.from(draft.approvals.range({ prefix: [wallet] }), ({ key }) => key[1]);
  for (const guardian of approved) draft.approvals.delete(wallet, guardian);
}
