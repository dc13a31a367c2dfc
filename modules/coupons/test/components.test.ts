/** What becomes of segments and debts where components join and split (D2.15, D2.19, D2.21). */
import fc from 'fast-check';
import { timeMs } from '../../_kernel/units.ts';
import { type ComponentId, componentId, DebtCause, segmentId } from '../types.ts';
import { dayMs, january, newYearMs, World } from './world.ts';

const february = newYearMs + 31n * dayMs;
const one = componentId(1n);

function debts(world: World): Readonly<Record<string, bigint>> {
  const rows = Array.from(world.scenario.view.ledgers.range());
  return Object.fromEntries(rows.map(({ key, value }) => [String(key[0]), value.debtMs]));
}

describe('before components change', () => {
  test('2-N2 every segment that is due is finalised first, in order, each with its own figures', () => {
    const world = new World([[1], [2]]);
    world.work(1, 7, 100n);
    world.book(1, { w: 40n });
    world.work(1, 7, 50n, january + 2n);
    world.work(2, 8, 10n);
    world.afterGrace(january + 2n);
    const { events } = world.finalise(one);
    expect(events).toMatchObject([
      { type: 'SegmentRevised', revision: { segment: january, netMs: 90n, debtAfterMs: 30n } },
      { type: 'SegmentsPassed', fromSegment: january + 1n, toSegment: january + 1n },
      {
        type: 'SegmentRevised',
        revision: { revision: 2n, segment: january + 2n, debtBeforeMs: 30n, netMs: 45n },
      },
      { type: 'SupplyCounted', supply: { revision: 2n } },
    ]);
    expect(world.claimed([1n], 1n)).toEqual([90n]);
    expect(world.claimed([2n], 2n)).toEqual([45n]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('what expires between two revisions that are made at once expires in order', () => {
    const world = new World([[1]]).at(newYearMs);
    world.setParameters({ expirySegments: '1' });
    for (const month of [0n, 1n, 2n]) world.work(1, 7, 100n, january + month);
    world.afterGrace(january + 3n);
    const { events } = world.finalise(one);
    expect(events.map(({ type }) => type)).toEqual([
      'SegmentRevised',
      'CouponsExpired',
      'SegmentRevised',
      'CouponsExpired',
      'SegmentRevised',
      'CouponsExpired',
      'SegmentRevised',
      'SupplyCounted',
    ]);
    const left = Array.from(world.scenario.view.standings.range(), ({ value }) => value);
    expect(left).toMatchObject([{ balanceMs: 0n, claimableMs: 0n }]);
    expect(debts(world)).toEqual({ 1: -300n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('one revision at a time and all at once leave the same state', () => {
    const step = fc.record({
      collective: fc.integer({ min: 1, max: 3 }),
      month: fc.bigInt(0n, 3n),
      amount: fc.bigInt(1n, 500n),
      kind: fc.constantFrom('work', 'work', 'loss', 'common'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.bigInt(0n, 3n), (steps, expiry) => {
        const worlds = [new World([[1, 2, 3]]), new World([[1, 2, 3]])] as const;
        for (const world of worlds) {
          world.at(newYearMs).setParameters({ expirySegments: expiry.toString() });
          for (const { collective, month, amount, kind } of steps) {
            const segment = january + month;
            if (kind === 'work') world.work(collective, 7, amount, segment);
            else if (kind === 'loss') world.book(collective, { w: amount }, segment);
            else world.book(collective, { c: amount }, segment);
          }
        }
        const [stepwise, atOnce] = worlds;
        for (let month = 0n; month < 4n; month += 1n) {
          stepwise.afterGrace(january + 3n);
          stepwise.scenario.when(stepwise.due(1));
        }
        atOnce.afterGrace(january + 3n).finalise(one);
        const shares = (world: World) =>
          Array.from(world.scenario.view.shares.range(), ({ key, value }) => [
            ...key,
            value.offsetMs,
            value.claimableMs,
            value.expired,
          ]);
        expect(shares(atOnce)).toEqual(shares(stepwise));
        expect(debts(atOnce)).toEqual(debts(stepwise));
        expect(atOnce.scenario.violations()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('segments without anything are passed over at once, however many they are', () => {
    const world = new World([[1]]).at(newYearMs + 5n);
    world.setParameters({ segmentLengthMs: '1000', graceMs: '0' });
    world.at(february + 365n * dayMs);
    const { events } = world.finalise(one);
    expect(events).toEqual([
      {
        type: 'SegmentsPassed',
        component: one,
        fromSegment: january,
        toSegment: january + 365n * 86_400n,
      },
    ]);
  });

  test('in the grace of a segment that has ended a join is refused, after it not', () => {
    const world = new World([[1], [2]]);
    world.work(1, 7, 100n);
    world.at(february + 1n);
    expect(world.join(1, 2).refused).toBe('in_grace');
    expect(world.reads.notBefore(one, timeMs(february + 1n))).toBe(february + 2n * dayMs);
    expect(world.reads.notBefore(one, timeMs(february))).toBeUndefined();
    world.at(february + 2n * dayMs);
    expect(world.reads.notBefore(one, timeMs(february + 2n * dayMs))).toBeUndefined();
    expect(world.join(1, 2).refused).toBeUndefined();
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a segment at whose very end components change still runs', () => {
    const world = new World([[1], [2]]);
    world.at(february);
    expect(world.join(1, 2).refused).toBeUndefined();
    expect(world.due(1).segment).toBe(january);
  });
});

describe('debts of components that change', () => {
  test('2-N2 a join adds debts; hours of the open segment count in the joined one', () => {
    const world = new World([[1], [2]]);
    world.work(1, 7, 100n);
    world.book(1, { w: 40n });
    world.work(2, 8, 100n);
    world.book(2, { w: 25n });
    world.afterGrace(january);
    world.work(1, 7, 1000n, january + 1n);
    world.work(2, 8, 500n, january + 1n);
    expect(world.join(1, 2).events).toEqual([
      {
        type: 'DebtCarried',
        component: one,
        debtMs: 45n,
        nextSegment: january + 1n,
        cause: DebtCause.JOINED,
      },
      { type: 'LedgerEnded', component: 2n },
    ]);
    expect(debts(world)).toEqual({ 1: 45n });
    world.afterGrace(january + 1n);
    expect(world.due(1)).toMatchObject({ a: 1500n, debtBefore: 45n, net: 1455n, debtAfter: 0n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-N2 a split gives each side what balances it; the sides add up to the debt before', () => {
    const world = new World([[1, 2]]);
    world.work(1, 7, 100n);
    world.work(2, 8, 300n);
    world.book(1, { w: 60n });
    world.afterGrace(january);
    world.scenario.when(world.due(1));
    expect(debts(world)).toEqual({ 1: 20n });
    world.work(2, 8, 70n, january + 1n);
    const { events } = world.split([2], 9);
    expect(events.map((event) => event.type === 'DebtCarried' && event.cause)).toEqual([
      DebtCause.SPLIT,
      DebtCause.SPLIT,
    ]);
    // Collective 1: goods 40, claimable 90; collective 2: goods 370, claimable 270, open 70.
    expect(debts(world)).toEqual({ 1: 50n, 9: -30n });
    expect(world.scenario.violations()).toEqual([]);
    world.afterGrace(january + 1n);
    expect(world.due(1)).toMatchObject({ a: 0n, debtBefore: 50n, net: 0n, debtAfter: 50n });
    expect(world.due(2)).toMatchObject({ a: 70n, debtBefore: -30n, net: 77n, debtAfter: -23n });
    for (const collective of [1, 2]) world.scenario.when(world.due(collective));
    world.join(1, 2);
    expect(debts(world)).toEqual({ 1: 27n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a movement of the debt is written where no revision has begun a ledger', () => {
    const world = new World([[1]]).at(newYearMs + 2n);
    const moved = { type: 'MoveDebt', component: one, byMs: -5n, cause: DebtCause.CLOSED } as const;
    world.scenario.when(moved);
    expect(debts(world)).toEqual({ 1: -5n });
    expect(world.scenario.when({ ...moved, byMs: 0n }).events).toEqual([]);
    expect(world.reads.debtOf(one as ComponentId)).toBe(-5n);
    expect(world.due(1).segment).toBe(segmentId(january));
  });
});
