/** The rules of coupons: one function a command. Guards stand in the order of the README. */
import { Consumption } from '../../proto/generated/artel/trust/v1/state.ts';
import type { Address } from '../_kernel/address.ts';
import { assert, present } from '../_kernel/assert.ts';
import { accept, type Decide } from '../_kernel/decider.ts';
import { Json, problemIn } from '../_kernel/json.ts';
import type { Refusal } from '../_kernel/refusals.ts';
import type { View } from '../_kernel/tables.ts';
import { type TimeMs, timeMs, workMs } from '../_kernel/units.ts';
import { standingOf } from './balance.ts';
import { credit } from './claims.ts';
import { mergeDebts, splitDebt } from './debts.ts';
import type { tables } from './keys.ts';
import { parametersOf, readParameters, segmentOfTime } from './parameters.ts';
import { refuse } from './refusals.ts';
import {
  dueMs,
  dueRevision,
  ledgerOf,
  messageOf,
  revisionsDue,
  supplyCounted,
  wrongFigure,
} from './revise.ts';
import { least } from './revision.ts';
import {
  type Appropriate,
  type CollectiveId,
  type CouponCommand,
  type CouponEvent,
  type CouponPorts,
  DebtCause,
  type Ledger,
  type Params,
  type Part,
  type SegmentId,
  segmentId,
} from './types.ts';

type CouponView = View<typeof tables>;

export const decide: Decide<typeof tables, CouponCommand, CouponEvent, CouponPorts> = {
  FinalRevision(view, command, context, ports) {
    const found = dueRevision(view, ports, command, context.timeMs);
    if (!found.ok) return found;
    const wrong = wrongFigure(messageOf(found.next), command);
    if (wrong !== undefined) return wrong;

    const { members, expired, revision, shares } = found.next;
    const revised: CouponEvent = { type: 'SegmentRevised', revision, shares };
    const counted = supplyCounted(view, members, revision);
    return accept<CouponEvent>([...expired, revised, counted]);
  },

  Claim(view, { signer, workload: id, revision: named }, { timeMs: claimedAtMs }, ports) {
    const workload = ports.work.workload(id);
    if (workload === undefined) return refuse.unknown_workload({ workload: id });
    const { collective, segment, wallet } = workload;
    const stranger = strangerTo(view, wallet, signer);
    if (stranger !== undefined) return stranger;
    if (workload.cancelled) return refuse.workload_cancelled({ workload: id });
    const revision = view.revisions.get(named);
    if (revision === undefined) return refuse.unknown_revision({ revision: named });
    if (revision.segment !== segment) {
      return refuse.wrong_segment({
        workload: id,
        worked: segment,
        revision: named,
        revised: revision.segment,
      });
    }
    const share = view.shares.get(collective, segment);
    if (share === undefined || share.revision !== named) {
      return refuse.revision_of_another_component({ revision: named, collective });
    }
    if (view.claimed.has(id)) return refuse.already_claimed({ workload: id });
    if (share.expired) return refuse.coupons_expired({ workload: id, segment });

    const rate = { a: revision.aMs, net: revision.netMs };
    const amountMs = workMs(credit(rate, share.offsetMs, workload));
    return accept([
      {
        type: 'CouponsClaimed',
        workload: id,
        revision: named,
        collective,
        segment,
        wallet,
        amountMs,
        claimedAtMs,
      },
    ]);
  },

  Appropriate(view, command, { timeMs: appropriatedAtMs }, ports) {
    const { signer, wallet, store, amountMs, nonce } = command;
    const stranger = strangerTo(view, wallet, signer);
    if (stranger !== undefined) return stranger;
    const collective = ports.trust.collective(store);
    if (collective === undefined) return refuse.unknown_collective({ collective: store });
    if (collective.consumption !== Consumption.C2I) {
      return refuse.not_a_store({ collective: store });
    }
    if (view.receipts.has(store, nonce)) return refuse.nonce_used({ store });
    const parts = partsOf(view, command, ports);
    if (!Array.isArray(parts)) return parts as Refusal;

    return accept([
      {
        type: 'CouponsAppropriated',
        wallet,
        store,
        amountMs,
        nonce,
        parts: parts as readonly Part[],
        appropriatedAtMs,
      },
    ]);
  },

  SetGuardians(view, { signer, wallet, guardians, threshold }) {
    const stranger = strangerTo(view, wallet, signer);
    if (stranger !== undefined) return stranger;

    return accept([{ type: 'GuardiansSet', wallet, guardians, threshold }]);
  },

  ApproveRecovery(view, { guardian, wallet, newKey }) {
    const named = view.guardians.get(wallet);
    if (named === undefined || !named.guardians.includes(guardian)) {
      return refuse.not_a_guardian({ account: guardian, wallet });
    }
    const previousKey = keyOf(view, wallet);
    if (newKey === previousKey) return refuse.already_the_key({ wallet, key: newKey });
    if (view.approvals.get(wallet, guardian) === newKey) {
      return refuse.already_approved({ guardian, key: newKey });
    }

    const approved: CouponEvent = { type: 'RecoveryApproved', wallet, guardian, newKey };
    // Its own earlier word, if any, was for another key.
    const others = Array.from(view.approvals.range({ prefix: [wallet] })).filter(
      ({ value }) => value === newKey,
    );
    if (others.length + 1 < named.threshold) return accept([approved]);
    return accept([approved, { type: 'WalletRecovered', wallet, previousKey, newKey }]);
  },

  SetParameters(view, { json }, context) {
    const running = segmentOfTime(view, context.timeMs);
    const fromSegment = segmentId(running.segment + 1n);
    const before = parametersOf(view, fromSegment);
    const read = (): Params => readParameters(Json.parse(json, 'coupons'), before);
    const what = problemIn(read);
    if (what !== undefined) return refuse.malformed_parameters({ what });

    const params = read();
    const { segmentLengthMs } = params;
    const era = { firstSegment: fromSegment, startMs: timeMs(running.endMs), segmentLengthMs };
    const changes = segmentLengthMs !== before.segmentLengthMs;
    return accept([{ type: 'ParametersSet', fromSegment, params, ...(changes ? { era } : {}) }]);
  },

  FinaliseEnded(view, { component }, context, ports) {
    const { events, nextSegment } = revisionsDue(view, ports, component, context.timeMs);
    if (nextSegment < segmentOfTime(view, context.timeMs).segment) {
      const untilMs = dueMs(view, nextSegment);
      return refuse.in_grace({ component, segment: nextSegment, untilMs });
    }

    return accept(events);
  },

  JoinLedgers(view, { remaining, ending }, { timeMs: nowMs }) {
    const ledgers = [remaining, ending].map((component) => view.ledgers.get(component));
    const debtMs = mergeDebts(ledgers.map((ledger) => ledger?.debtMs ?? 0n));
    const nextSegment = nextAfterEnded(view, ledgers, nowMs);
    const joined: CouponEvent = {
      type: 'DebtCarried',
      component: remaining,
      debtMs,
      nextSegment,
      cause: DebtCause.JOINED,
    };
    if (ledgers[1] === undefined) return accept([joined]);
    return accept<CouponEvent>([joined, { type: 'LedgerEnded', component: ending }]);
  },

  SplitLedger(view, { component, arising }, { timeMs: nowMs }, ports) {
    const ledger = view.ledgers.get(component);
    const nextSegment = nextAfterEnded(view, [ledger], nowMs);
    const sides = [component, arising];
    const debts = splitDebt(
      ledger?.debtMs ?? 0n,
      sides.map((side) => standingOf(view, ports, side, nextSegment)),
    );
    return accept(
      sides.map(
        (side, index): CouponEvent => ({
          type: 'DebtCarried',
          component: side,
          debtMs: present(debts[index], 'a debt a side'),
          nextSegment,
          cause: DebtCause.SPLIT,
        }),
      ),
    );
  },

  MoveDebt(view, { component, byMs, cause }, _, ports) {
    if (byMs === 0n) return accept([]);
    const { debtMs, nextSegment } = ledgerOf(view, ports, component);
    const moved = { component, debtMs: debtMs + byMs, nextSegment, cause };
    return accept([{ type: 'DebtCarried', ...moved }]);
  },
};

/**
 * The segment that a changed component revises next: all that have ended are final, so its parts
 * agree.
 */
function nextAfterEnded(
  view: CouponView,
  parts: readonly (Ledger | undefined)[],
  nowMs: TimeMs,
): SegmentId {
  const running = segmentOfTime(view, nowMs).segment;
  const nexts = parts.map((part) => part?.nextSegment ?? running);
  const [next = running] = nexts;
  assert(
    next >= running && nexts.every((other) => other === next),
    `segments ${nexts.join(', ')} are next where components change in segment ${running}`,
  );
  return segmentId(next);
}

/** The account that signs for a wallet. */
export function keyOf(view: CouponView, wallet: Address): Address {
  return view.keys.get(wallet) ?? wallet;
}

function strangerTo(view: CouponView, wallet: Address, signer: Address): Refusal | undefined {
  const key = keyOf(view, wallet);
  return key === signer ? undefined : refuse.not_the_key({ wallet, key, signer });
}

/** Coupons to delete: of origins with weak trust to the store, in ascending order (D2.18). */
function partsOf(
  view: CouponView,
  { wallet, store, amountMs }: Appropriate,
  ports: CouponPorts,
): readonly Part[] | Refusal {
  const component = ports.trust.componentOf(store);
  const parts: Part[] = [];
  let [usable, has] = [0n, 0n];
  for (const { key, value } of view.balances.range({ prefix: [wallet] })) {
    const origin: CollectiveId = key[1];
    has += value;
    if (ports.trust.componentOf(origin) !== component) continue;
    const open = amountMs - usable;
    usable += value;
    parts.push({ origin, amountMs: workMs(least(value, open)) });
    if (usable >= amountMs) return parts;
  }
  if (has < amountMs) return refuse.insufficient_coupons({ wallet, has, needs: amountMs });
  return refuse.other_origin({ store, usable, needs: amountMs });
}
