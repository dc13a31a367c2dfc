/**
 * Random histories of the module: a reviser written apart from it, on the list of all workloads,
 * finds the same figures; every coupon that a revision made is claimed in the end, once.
 */
import fc from 'fast-check';
import { MsgFinalRevision } from '../../../proto/generated/artel/coupons/v1/tx.ts';
import { add, floor, type Rational, rational, subtract } from '../../_kernel/rational.ts';
import { timeMs, workMs } from '../../_kernel/units.ts';
import {
  componentId,
  type FinalRevision,
  revisionId,
  type SegmentRevised,
  segmentId,
} from '../types.ts';
import { january, newYearMs, World } from './world.ts';

/** What happened in one segment, as plain lists. */
interface Told {
  readonly collective: number;
  readonly amount: bigint;
  cancelled: boolean;
}

/** The figures of D2.12 and D2.14 on exact fractions; the default limits of a tenth. */
function revised(
  segment: bigint,
  entries: readonly { readonly collective: number; readonly signed: bigint; readonly of: Told }[],
  booked: { readonly c: bigint; readonly w: bigint },
  debtBefore: bigint,
): FinalRevision {
  const a = entries.reduce((sum, { signed }) => sum + signed, 0n);
  const tenth = floor(rational(a, 10n));
  const owed = booked.w + debtBefore;
  const rest = a - booked.c - lesser(owed, tenth);
  const net = rest < 0n ? 0n : lesser(rest, a + tenth);
  const line = entries.toSorted((one, other) => one.collective - other.collective);
  let [residue, point]: [bigint, Rational] = [0n, rational(0n)];
  for (const { signed, of } of line) {
    const next = a === 0n ? point : add(point, rational(signed * net, a));
    if (of.cancelled) residue += floor(next) - floor(point);
    point = next;
  }
  expect(subtract(point, rational(a === 0n ? 0n : net)).num).toBe(0n);
  const debtAfter = debtBefore + booked.c + booked.w - (a - net) - residue;
  const member = 1n as FinalRevision['member'];
  const figures = { a, ...booked, debtBefore, net, debtAfter };
  return { type: 'FinalRevision', member, segment: segmentId(segment), ...figures };
}

function lesser(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}

const bytesOf = (message: FinalRevision) => MsgFinalRevision.encode(message).finish();

/** A revision before the history, of a segment without hours. */
function decemberLeaves(debt: bigint): SegmentRevised {
  const none = workMs(0n);
  return {
    type: 'SegmentRevised',
    revision: {
      revision: revisionId(1n),
      component: componentId(1n),
      segment: segmentId(january - 1n),
      aMs: none,
      cMs: none,
      wMs: none,
      debtBeforeMs: debt,
      netMs: none,
      debtAfterMs: debt,
      residueMs: 0n,
      revisedAtMs: timeMs(newYearMs + 2n),
      expiresWith: segmentId(0n),
    },
    shares: [],
  };
}

const step = fc.record({
  kind: fc.constantFrom('work', 'work', 'work', 'cancel', 'cancel', 'common', 'loss'),
  collective: fc.integer({ min: 1, max: 3 }),
  wallet: fc.integer({ min: 11, max: 13 }),
  amount: fc.bigInt(1n, 500n),
  drawn: fc.nat(30),
});

describe('histories', () => {
  test('2-P9 a reviser written apart gives the same bytes, and claims come out even', () => {
    const months = fc.array(fc.array(step, { maxLength: 25 }), { minLength: 1, maxLength: 5 });
    const seen = { storno: 0, residue: 0, debt: 0, surplus: 0, idle: 0 };
    fc.assert(
      fc.property(months, fc.bigInt(-300n, 300n), (segments, carried) => {
        const world = new World([[1, 2, 3]]);
        world.scenario.given(decemberLeaves(carried));
        world.leftGoods = -carried;
        let debt = carried;
        const claims: { readonly workload: bigint; readonly revision: bigint }[] = [];
        segments.forEach((steps, index) => {
          const segment = january + BigInt(index);
          const entries: { collective: number; signed: bigint; of: Told }[] = [];
          const open: { readonly workload: bigint; readonly of: Told }[] = [];
          const booked = { c: 0n, w: 0n };
          for (const { kind, collective, wallet, amount, drawn } of steps) {
            const victim = open[drawn % Math.max(open.length, 1)];
            if (kind === 'work') {
              const of = { collective, amount, cancelled: false };
              entries.push({ collective, signed: amount, of });
              open.push({ workload: world.work(collective, wallet, amount, segment), of });
            } else if (kind === 'common') {
              booked.c += amount;
              world.book(collective, { c: amount }, segment);
            } else if (kind === 'loss') {
              booked.w += amount;
              world.book(collective, { w: amount }, segment);
            } else if (victim !== undefined) {
              const { of } = victim;
              of.cancelled = true;
              entries.push({ collective: of.collective, signed: -of.amount, of });
              open.splice(open.indexOf(victim), 1);
              world.cancel(victim.workload);
              seen.storno += 1;
            }
          }
          const due = revised(segment, entries, booked, debt);
          world.afterGrace(segment);
          expect(bytesOf(world.due(1))).toEqual(bytesOf(due));
          const { events } = world.scenario.when(due);
          expect(events).toHaveLength(2);
          for (const { workload } of open) claims.push({ workload, revision: BigInt(index + 2) });
          debt = due.debtAfter;
          const plain = due.debtBefore + due.c + due.w - due.a + due.net;
          seen.residue += plain === debt ? 0 : 1;
          seen.debt += debt > 0n ? 1 : 0;
          seen.surplus += debt < 0n ? 1 : 0;
          seen.idle += due.a === 0n ? 1 : 0;
        });
        for (const { workload, revision } of claims) {
          world.claimed([workload], revision);
          const again = world.claim(workload, revision, 11).refused;
          expect(['already_claimed', 'not_the_key']).toContain(again);
        }
        const left = Array.from(world.scenario.view.standings.range(), (row) => row.value);
        expect(left.every(({ claimableMs }) => claimableMs === 0n)).toBe(true);
        expect(world.scenario.violations()).toEqual([]);
      }),
      { numRuns: 150, seed: 150 },
    );
    expect(Object.entries(seen).filter(([, count]) => count < 5)).toEqual([]);
  });
});
