/** Truths about the whole state of coupons, each computed from scratch. */
import type { Invariant } from '../_kernel/module.ts';
import type { View } from '../_kernel/tables.ts';
import { imbalance } from './balance.ts';
import type { tables } from './keys.ts';
import { putBalance, type Summed, type SupplyRow, type SupplyRows } from './supply.ts';
import { type CollectiveId, type CouponPorts, componentId } from './types.ts';

type CouponView = View<typeof tables>;

export const invariants: readonly Invariant<typeof tables, CouponPorts>[] = [
  { name: 'goods, coupons, differences and debt of each component balance', check: balanced },
  { name: 'standings are the sums of balances and of what can be claimed', check: standingsSum },
  { name: 'roots are those of Merkle-sum trees over the balances', check: rootsSum },
  { name: 'each revision keeps the books balanced', check: revisionsBalance },
  { name: 'revisions are numbered without gaps, by component and segment', check: numbered },
  { name: 'shares that can expire are listed, no others', check: expiringIsListed },
  { name: 'approvals are of guardians, for another key', check: approvalsAreOfGuardians },
];

/** Row 2-N1, from the sums a collective that the other invariants prove. */
function balanced(view: CouponView, ports: CouponPorts): string | undefined {
  for (const component of ports.trust.components(componentId(1n))) {
    const problem = imbalance(view, ports, component);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function standingsSum(view: CouponView): string | undefined {
  const balances = new Map<CollectiveId, bigint>();
  for (const { key, value } of view.balances.range()) {
    if (value === 0n) return `wallet ${key[0]} has an empty balance from ${key[1]}`;
    balances.set(key[1], (balances.get(key[1]) ?? 0n) + value);
  }
  const claimable = new Map<CollectiveId, bigint>();
  for (const { key, value } of view.shares.range()) {
    claimable.set(key[0], (claimable.get(key[0]) ?? 0n) + value.claimableMs);
  }
  const known = new Set<CollectiveId>();
  for (const { key, value } of view.standings.range()) {
    const [id] = key;
    known.add(id);
    const [b, c] = [balances.get(id) ?? 0n, claimable.get(id) ?? 0n];
    if (value.balanceMs !== b) return `balances from ${id} are ${b}, not ${value.balanceMs}`;
    if (value.claimableMs !== c) return `claimable of ${id} is ${c}, not ${value.claimableMs}`;
  }
  const missing = [...balances.keys(), ...claimable.keys()].find((id) => !known.has(id));
  return missing === undefined ? undefined : `collective ${missing} has no standing`;
}

function rootsSum(view: CouponView): string | undefined {
  const trees = new Map<CollectiveId, Map<string, SupplyRow>>();
  const roots = new Map<CollectiveId, Summed | undefined>();
  for (const { key, value } of view.balances.range()) {
    const [wallet, origin] = key;
    const rows = trees.get(origin) ?? new Map<string, SupplyRow>();
    trees.set(origin, rows);
    roots.set(origin, putBalance(rows as unknown as SupplyRows, origin, wallet, value));
  }
  for (const { key, value } of view.standings.range()) {
    const root = roots.get(key[0])?.hash ?? new Uint8Array();
    const isSame = root.length === value.root.length && root.every((b, i) => b === value.root[i]);
    if (!isSame) return `the root of the balances from ${key[0]} is another`;
  }
  const due = [...trees.values()].reduce((count, rows) => count + rows.size, 0);
  const kept = Array.from(view.supplyRows.range()).length;
  return kept === due ? undefined : `${kept} rows of trees where ${due} are due`;
}

/** D' = D + c + w - (a - net) - residue (D2.12). */
function revisionsBalance(view: CouponView): string | undefined {
  for (const { value } of view.revisions.range()) {
    const { aMs, cMs, wMs, debtBeforeMs, netMs, debtAfterMs, residueMs, revision } = value;
    const after = debtBeforeMs + cMs + wMs - aMs + netMs - residueMs;
    if (debtAfterMs !== after) {
      return `revision ${revision} leaves a debt of ${debtAfterMs}, not ${after}`;
    }
  }
  return undefined;
}

function numbered(view: CouponView): string | undefined {
  let count = 0n;
  for (const { key, value } of view.revisions.range()) {
    count += 1n;
    const [id] = key;
    if (id !== count || value.revision !== id) return `revision ${id} where ${count} is due`;
    if (view.revisionOf.get(value.component, value.segment) !== id) {
      return `revision ${id} is not that of ${value.component}/${value.segment}`;
    }
  }
  const next = view.nextRevision.get() ?? 1n;
  if (next !== count + 1n) return `revision ${next} is next after ${count}`;
  const named = BigInt(Array.from(view.revisionOf.range()).length);
  return named === count ? undefined : `${count} revisions, ${named} named by segment`;
}

function expiringIsListed(view: CouponView): string | undefined {
  const listed = new Set<string>();
  for (const { key, value } of view.expiring.range()) {
    for (const { ends, earned } of value) listed.add(`${key[0]}/${earned} with ${ends}`);
  }
  for (const { key, value } of view.shares.range()) {
    const [collective, segment] = key;
    const expiresWith = view.revisions.get(value.revision)?.expiresWith;
    if (expiresWith === undefined) return `share ${collective}/${segment} has no revision`;
    if (value.expired && value.claimableMs !== 0n) return `share ${collective}/${segment} expired`;
    if (value.expired || expiresWith === 0n) continue;
    const name = `${collective}/${segment} with ${expiresWith}`;
    if (!listed.delete(name)) return `share ${name} is not listed to expire`;
  }
  const [other] = listed;
  return other === undefined ? undefined : `share ${other} is listed to expire`;
}

function approvalsAreOfGuardians(view: CouponView): string | undefined {
  for (const { key, value } of view.approvals.range()) {
    const [wallet, guardian] = key;
    if (view.guardians.get(wallet)?.guardians.includes(guardian) !== true) {
      return `${guardian} has approved for ${wallet} without being its guardian`;
    }
    const current = view.keys.get(wallet) ?? wallet;
    if (value === current) return `${guardian} approves the present key of ${wallet}`;
  }
  return undefined;
}
