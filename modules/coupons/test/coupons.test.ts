/** Revisions, claims, appropriation, recovery and parameters as scenarios. */
import { timeMs } from '../../_kernel/units.ts';
import { collectiveId, segmentId } from '../types.ts';
import { account, dayMs, january, newYearMs, World } from './world.ts';

const id = (value: number) => collectiveId(BigInt(value));

describe('final revision', () => {
  test('anyone revises a segment: no signer, and nothing in it is free', () => {
    const world = new World([[1, 2]]);
    for (const l of [480n, 480n, 300n]) world.work(1, 7, l);
    for (const l of [7n, 1n, 59n]) world.work(2, 8, l);
    world.book(1, { c: 200n });
    world.book(2, { w: 33n });
    world.afterGrace(january);
    const due = world.due(1);
    expect(due).toMatchObject({ member: 1n, segment: january, a: 1327n, c: 200n, w: 33n });
    expect(due).toMatchObject({ debtBefore: 0n, net: 1094n, debtAfter: 0n });
    for (const figure of ['a', 'c', 'w', 'debtBefore', 'net', 'debtAfter'] as const) {
      for (const by of [1n, -1n]) {
        const wrong = { ...due, [figure]: due[figure] + by };
        expect(world.scenario.when(wrong).refused).toBe('wrong_figure');
      }
    }
    const { events } = world.scenario.when(due);
    expect(events).toMatchObject([
      {
        type: 'SegmentRevised',
        revision: { revision: 1n, component: 1n, segment: january, netMs: 1094n, residueMs: 0n },
        shares: [
          { collective: 1n, offsetMs: 0n, claimableMs: 1038n },
          { collective: 2n, offsetMs: 1260n, claimableMs: 56n },
        ],
      },
      { type: 'SupplyCounted', component: 1n, supply: { revision: 1n, balanceMs: 0n } },
    ]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a wrong figure is named with what is due', () => {
    const world = new World([[1]]).afterGrace(january);
    const { message } = world.scenario.when({ ...world.due(1), net: 5n });
    expect(message).toBe('net is 0 ms, not 5 ms');
  });

  test('a collective whose hours were all cancelled has no share, nor has an idle one', () => {
    const world = new World([[1, 2, 3]]);
    for (const collective of [1, 3]) world.work(collective, 7, 333n);
    for (const workload of [world.work(2, 8, 100n), world.work(2, 8, 11n)]) world.cancel(workload);
    world.book(1, { c: 100n });
    expect(world.revise(1).events).toMatchObject([
      { revision: { aMs: 666n, residueMs: 0n }, shares: [{ collective: 1n }, { collective: 3n }] },
      { type: 'SupplyCounted' },
    ]);
  });

  test('a repeat, a segment out of order and one that is not over are refused', () => {
    const world = new World([[1]]);
    world.at(newYearMs + 31n * dayMs + 2n * dayMs - 1n);
    const first = world.due(1);
    expect(world.scenario.when(first).refused).toBe('too_early');
    world.afterGrace(january);
    const second = { ...first, segment: segmentId(january + 1n) };
    expect(world.scenario.when(second).refused).toBe('out_of_order');
    expect(world.scenario.when(first).refused).toBeUndefined();
    expect(world.scenario.when(first).refused).toBe('already_revised');
    expect(world.scenario.when(second).refused).toBe('too_early');
    world.afterGrace(january + 1n);
    expect(world.scenario.when(second).refused).toBeUndefined();
  });

  test('a revision is of one component, named by its first member alone', () => {
    const world = new World([
      [2, 4],
      [1, 3],
    ]);
    world.work(4, 7, 100n);
    world.work(3, 8, 10n);
    world.afterGrace(january);
    const due = world.due(4);
    expect(due).toMatchObject({ member: 2n, a: 100n });
    expect(world.scenario.when({ ...due, member: id(4) }).refused).toBe('not_the_first_member');
    expect(world.scenario.when({ ...due, member: id(9) }).refused).toBe('unknown_collective');
    expect(world.revise(4).refused).toBeUndefined();
    expect(world.reads.isFinal(id(2), segmentId(january))).toBe(true);
    expect(world.reads.isFinal(id(3), segmentId(january))).toBe(false);
    expect(world.reads.isFinal(id(9), segmentId(january))).toBe(false);
    expect(world.due(3)).toMatchObject({ member: 1n, segment: january, a: 10n });
  });

  test('guards stand in their order', () => {
    const world = new World([[1, 2]]);
    const all = { ...world.at(newYearMs + 1n).due(1), net: 1n };
    const early = { ...all, member: id(2), segment: segmentId(january - 1n) };
    expect(world.scenario.when({ ...early, member: id(9) }).refused).toBe('unknown_collective');
    expect(world.scenario.when(early).refused).toBe('not_the_first_member');
    expect(world.scenario.when({ ...early, member: id(1) }).refused).toBe('already_revised');
    const late = { ...all, segment: segmentId(january + 1n) };
    expect(world.scenario.when(late).refused).toBe('out_of_order');
    expect(world.scenario.when(all).refused).toBe('too_early');
    world.afterGrace(january);
    expect(world.scenario.when(all).refused).toBe('wrong_figure');
  });

  test('2-P11 debt of either sign is carried through segments without hours', () => {
    const world = new World([[1]]);
    world.work(1, 7, 100n);
    world.book(1, { w: 25n });
    world.revise(1);
    expect(world.reads.debtOf(1n as never)).toBe(15n);
    world.revise(1);
    expect(world.reads.debtOf(1n as never)).toBe(15n);
    world.work(1, 7, 1_000n, january + 2n);
    expect(world.due(1)).toMatchObject({ a: 1_000n, debtBefore: 15n, net: 985n, debtAfter: 0n });
    expect(world.revise(1).refused).toBeUndefined();
  });
});

describe('claims', () => {
  test('2-P10 the vector of one collective', () => {
    const world = new World([[1]]);
    const workloads = [480n, 480n, 300n, 7n, 1n, 59n].map((l) => world.work(1, 7, l));
    world.book(1, { c: 200n, w: 33n });
    world.revise(1);
    expect(world.claimed(workloads, 1n)).toEqual([395n, 396n, 247n, 6n, 1n, 49n]);
    expect(world.balances(7)).toEqual({ 1: 1094n });
    expect(world.reads.couponsOf(id(1))).toBe(1094n);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P10 the vector of two collectives, claimed backwards', () => {
    const world = new World([[1, 2]]);
    const line = [1, 2, 1, 2, 1, 2] as const;
    const hours = [480n, 480n, 300n, 7n, 1n, 59n];
    const workloads = hours.map((l, index) => world.work(line[index] ?? 1, 7, l));
    world.book(2, { c: 200n, w: 33n });
    world.revise(1);
    const credits = world.claimed(workloads.toReversed(), 1n).toReversed();
    expect(credits).toEqual([395n, 396n, 248n, 6n, 0n, 49n]);
    expect(world.balances(7)).toEqual({ 1: 643n, 2: 451n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P10 2-P15 a storno among them: its residue lowers the debt, the rest is claimed in full', () => {
    const world = new World([[1, 2]]);
    const workloads = [480n, 300n, 1n].map((l) => world.work(1, 7, l));
    workloads.push(world.work(2, 8, 480n));
    const mistaken = world.work(2, 8, 100n);
    workloads.push(world.work(2, 8, 7n));
    world.cancel(mistaken);
    workloads.push(world.work(2, 8, 59n));
    world.book(1, { c: 200n, w: 33n });
    world.revise(1);
    expect(world.claim(mistaken, 1n, 8).refused).toBe('workload_cancelled');
    expect(world.claimed(workloads, 1n)).toEqual([395n, 248n, 0n, 396n, 5n, 49n]);
    expect(world.reads.debtOf(1n as never)).toBe(-1n);
    const left = Array.from(world.scenario.view.shares.range(), ({ value }) => value.claimableMs);
    expect(left).toEqual([0n, 0n]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P10 a second claim and one of another segment are refused', () => {
    const world = new World([[1]]);
    const first = world.work(1, 7, 480n);
    const second = world.work(1, 7, 60n, january + 1n);
    world.revise(1);
    expect(world.claim(second, 1n, 7).refused).toBe('wrong_segment');
    world.revise(1);
    expect(world.claim(second, 1n, 7).refused).toBe('wrong_segment');
    expect(world.claim(first, 2n, 7).refused).toBe('wrong_segment');
    expect(world.claim(first, 1n, 7).refused).toBeUndefined();
    expect(world.claim(first, 1n, 7).refused).toBe('already_claimed');
    expect(world.balances(7)).toEqual({ 1: 480n });
  });

  test("2-P10 another's workload, an unknown one and an unknown revision are refused", () => {
    const world = new World([[1]]);
    const workload = world.work(1, 7, 480n);
    expect(world.claim(9n, 1n, 7).refused).toBe('unknown_workload');
    expect(world.claim(workload, 1n, 8).refused).toBe('not_the_key');
    expect(world.claim(workload, 1n, 7).refused).toBe('unknown_revision');
    world.cancel(workload);
    expect(world.claim(workload, 1n, 7).refused).toBe('workload_cancelled');
    expect(world.claim(workload, 1n, 8).refused).toBe('not_the_key');
  });

  test('a revision of another component gives nothing, revised or not', () => {
    const world = new World([[1], [2]]);
    const workload = world.work(1, 7, 480n);
    world.work(2, 7, 480n);
    world.revise(2);
    expect(world.claim(workload, 1n, 7).refused).toBe('revision_of_another_component');
    world.revise(1);
    expect(world.claim(workload, 1n, 7).refused).toBe('revision_of_another_component');
    expect(world.claim(workload, 2n, 7).refused).toBeUndefined();
  });
});

describe('expiry', () => {
  test('unclaimed coupons expire with the revision so many segments later and lower the debt', () => {
    const world = new World([[1]]).at(newYearMs);
    world.setParameters({ expirySegments: '2' });
    const [first, second] = [world.work(1, 7, 100n), world.work(1, 8, 50n)];
    const later = world.work(1, 7, 30n, january + 1n);
    world.revise(1);
    world.revise(1);
    expect(world.claim(first, 1n, 7).refused).toBeUndefined();
    world.afterGrace(january + 2n);
    expect(world.due(1)).toMatchObject({ debtBefore: -50n, debtAfter: -50n });
    const { events } = world.revise(1);
    expect(events[0]).toEqual({
      type: 'CouponsExpired',
      component: 1n,
      collective: 1n,
      segment: january,
      amountMs: 50n,
    });
    expect(world.claim(second, 1n, 8).refused).toBe('coupons_expired');
    expect(world.claim(first, 1n, 7).refused).toBe('already_claimed');
    expect(world.claim(later, 2n, 7).refused).toBeUndefined();
    expect(world.balances(7)).toEqual({ 1: 130n });
    expect(world.reads.debtOf(1n as never)).toBe(-50n);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('by default coupons never expire', () => {
    const world = new World([[1]]);
    const workload = world.work(1, 7, 100n);
    for (let count = 0; count < 6; count += 1) world.revise(1);
    expect(world.claim(workload, 1n, 7).refused).toBeUndefined();
  });
});

describe('parameters', () => {
  test('a change takes effect at the next segment boundary', () => {
    const world = new World([[1]]).at(newYearMs + 5n);
    expect(world.setParameters({ wMaxNum: '1', wMaxDen: '2' }).events).toMatchObject([
      { type: 'ParametersSet', fromSegment: january + 1n, params: { wMaxDen: 2n } },
    ]);
    for (const segment of [january, january + 1n]) {
      world.work(1, 7, 100n, segment);
      world.book(1, { w: 50n }, segment);
    }
    world.afterGrace(january);
    expect(world.due(1)).toMatchObject({ net: 90n, debtAfter: 40n });
    world.revise(1);
    expect(world.due(1)).toMatchObject({ net: 50n, debtAfter: 40n });
  });

  test('a new length of segments begins with the next one', () => {
    const world = new World([[1]]).at(newYearMs + 5n);
    world.setParameters({ segmentLengthMs: String(dayMs), graceMs: '0' });
    const february = newYearMs + 31n * dayMs;
    expect(world.reads.segmentAt(timeMs(february))).toBe(january);
    expect(world.reads.segmentAt(timeMs(february + 1n))).toBe(january + 1n);
    expect(world.reads.segmentAt(timeMs(february + dayMs))).toBe(january + 1n);
    expect(world.reads.segmentAt(timeMs(february + dayMs + 1n))).toBe(january + 2n);
    world.afterGrace(january);
    expect(world.scenario.when(world.due(1)).refused).toBeUndefined();
    expect(world.scenario.when(world.due(1)).refused).toBeUndefined();
    expect(world.scenario.when(world.due(1)).refused).toBeUndefined();
    expect(world.scenario.when(world.due(1)).refused).toBe('too_early');
  });

  test('limits of 0 and of the whole are taken', () => {
    const world = new World([[1]]);
    expect(world.setParameters({ wMaxNum: '10', surplusMaxNum: '0' }).refused).toBeUndefined();
  });

  test.each([
    [{ wMaxDen: '0' }],
    [{ wMaxNum: '11' }],
    [{ surplusMaxNum: '11' }],
    [{ surplusMaxDen: '1000001' }],
    [{ segmentLengthMs: '999' }],
    [{ segmentLengthMs: String(3651n * dayMs) }],
    [{ graceMs: String(3651n * dayMs) }],
    [{ expiry: '1' }],
  ])('X-6 coupons refuses the parameters %j', (parameters) => {
    const world = new World([[1]]);
    expect(world.setParameters(parameters).refused).toBe('malformed_parameters');
  });
});

describe('appropriation', () => {
  /** Wallet 7 has 100 from collective 1, 60 from 3 (all one component), 500 from 4. */
  function shop(): World {
    const world = new World(
      [
        [1, 2, 3],
        [4, 5],
      ],
      [2, 5],
    );
    world.work(3, 7, 60n);
    world.work(1, 7, 100n);
    world.work(4, 7, 500n);
    world.revise(1);
    world.revise(4);
    world.claimed([1n, 2n], 1n);
    world.claimed([3n], 2n);
    return world;
  }

  test('2-P13 coupons are deleted, of origins with weak trust in ascending order', () => {
    const world = shop();
    const { events } = world.appropriate(7, 2, 130n, 1);
    expect(events).toMatchObject([
      {
        type: 'CouponsAppropriated',
        wallet: account(7),
        store: 2n,
        amountMs: 130n,
        parts: [
          { origin: 1n, amountMs: 100n },
          { origin: 3n, amountMs: 30n },
        ],
      },
    ]);
    expect(world.balances(7)).toEqual({ 3: 30n, 4: 500n });
    expect([1, 3, 4].map((n) => world.reads.couponsOf(id(n)))).toEqual([0n, 30n, 500n]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P13 too few coupons, and too few of an origin that is valid there, are refused', () => {
    const world = shop();
    expect(world.appropriate(7, 2, 661n, 1).refused).toBe('insufficient_coupons');
    expect(world.appropriate(7, 2, 660n, 1).refused).toBe('other_origin');
    expect(world.appropriate(7, 2, 161n, 1).refused).toBe('other_origin');
    expect(world.appropriate(8, 2, 1n, 1).refused).toBe('insufficient_coupons');
    expect(world.balances(7)).toEqual({ 1: 100n, 3: 60n, 4: 500n });
    expect(world.appropriate(7, 2, 160n, 1).refused).toBeUndefined();
  });

  test("at a C2C or unknown collective, or with another's key, nothing is deleted", () => {
    const world = shop();
    expect(world.appropriate(7, 1, 1n, 1).refused).toBe('not_a_store');
    expect(world.appropriate(7, 9, 1n, 1).refused).toBe('unknown_collective');
    expect(world.appropriate(7, 9, 1n, 1, 8).refused).toBe('not_the_key');
  });

  test('2-P14 a nonce counts once at a store', () => {
    const world = shop();
    expect(world.appropriate(7, 2, 1n, 1).refused).toBeUndefined();
    expect(world.appropriate(7, 2, 1n, 1).refused).toBe('nonce_used');
    expect(world.appropriate(7, 2, 999n, 1).refused).toBe('nonce_used');
    expect(world.appropriate(7, 5, 1n, 1).refused).toBeUndefined();
    expect(world.appropriate(7, 2, 1n, 2).refused).toBeUndefined();
  });
});

describe('recovery of a wallet', () => {
  /** Wallet 7 has 100, and 40 to claim; two of 11, 12, 13 give it a new key. */
  function guarded(): World {
    const world = new World([[1]], [1]);
    const workload = world.work(1, 7, 100n);
    world.work(1, 7, 40n);
    world.revise(1);
    world.claimed([workload], 1n);
    world.setGuardians(7, [11, 12, 13], 2);
    return world;
  }

  test('2-P19 guardians give a wallet a new key; balance and claims stay', () => {
    const world = guarded();
    expect(world.approve(11, 7, 20).events).toHaveLength(1);
    expect(world.reads.keyOf(account(7))).toBe(account(7));
    expect(world.approve(13, 7, 20).events).toEqual([
      { type: 'RecoveryApproved', wallet: account(7), guardian: account(13), newKey: account(20) },
      {
        type: 'WalletRecovered',
        wallet: account(7),
        previousKey: account(7),
        newKey: account(20),
      },
    ]);
    expect(world.reads.keyOf(account(7))).toBe(account(20));
    expect(world.balances(7)).toEqual({ 1: 100n });
    expect(world.claim(2n, 1n, 7).refused).toBe('not_the_key');
    expect(world.claim(2n, 1n, 20).refused).toBeUndefined();
    expect(world.appropriate(7, 1, 10n, 1).refused).toBe('not_the_key');
    expect(world.appropriate(7, 1, 140n, 1, 20).refused).toBeUndefined();
    expect(world.setGuardians(7, [11], 1).refused).toBe('not_the_key');
    expect(world.setGuardians(7, [11], 1, 20).refused).toBeUndefined();
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P19 below the threshold the key stays, also where guardians name different keys', () => {
    const world = guarded();
    world.approve(11, 7, 20);
    world.approve(12, 7, 21);
    expect(world.approve(11, 7, 22).refused).toBeUndefined();
    expect(world.approve(13, 7, 20).events).toHaveLength(1);
    expect(world.reads.keyOf(account(7))).toBe(account(7));
    expect(world.claim(2n, 1n, 20).refused).toBe('not_the_key');
    expect(world.approve(12, 7, 22).events).toHaveLength(2);
    expect(world.reads.keyOf(account(7))).toBe(account(22));
    expect(world.scenario.violations()).toEqual([]);
  });

  test('strangers, the present key and a word said twice are refused', () => {
    const world = guarded();
    expect(world.approve(14, 7, 20).refused).toBe('not_a_guardian');
    expect(world.approve(11, 8, 20).refused).toBe('not_a_guardian');
    expect(world.approve(11, 7, 7).refused).toBe('already_the_key');
    expect(world.approve(11, 7, 20).refused).toBeUndefined();
    expect(world.approve(11, 7, 20).refused).toBe('already_approved');
  });

  test('naming guardians anew voids what was approved; naming none ends recovery', () => {
    const world = guarded();
    world.approve(11, 7, 20);
    world.setGuardians(7, [11, 12], 2);
    expect(world.approve(12, 7, 20).events).toHaveLength(1);
    expect(world.reads.keyOf(account(7))).toBe(account(7));
    world.setGuardians(7, [], 0);
    expect(world.approve(11, 7, 20).refused).toBe('not_a_guardian');
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a second recovery can give the wallet back to its own account', () => {
    const world = guarded();
    for (const guardian of [11, 12]) world.approve(guardian, 7, 20);
    for (const guardian of [11, 12]) world.approve(guardian, 7, 7);
    expect(world.reads.keyOf(account(7))).toBe(account(7));
    expect(Array.from(world.scenario.view.keys.range())).toEqual([]);
  });
});
