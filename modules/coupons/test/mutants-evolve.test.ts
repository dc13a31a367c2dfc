/** What the facts of coupons write, fact by fact: rules that no longer history would notice. */
import { durationMs, timeMs, workMs } from '../../_kernel/units.ts';
import { standingOf } from '../balance.ts';
import { defaultParameters } from '../parameters.ts';
import {
  collectiveId,
  componentId,
  DebtCause,
  type Entry,
  EntryKind,
  revisionId,
  segmentId,
  type WorkloadId,
} from '../types.ts';
import { account, january, newYearMs, nonce, World } from './world.ts';

const wallet = account(1);
const [one, store] = [collectiveId(1n), collectiveId(2n)];
const given = () => new World([[1, 2]], [2]).scenario;
const at = (day: bigint) => timeMs(newYearMs + day * 86_400_000n);

function appropriated(amount: bigint, byte: number, day: bigint) {
  return {
    type: 'CouponsAppropriated',
    wallet,
    store,
    amountMs: workMs(amount),
    nonce: nonce(byte),
    parts: [{ origin: one, amountMs: workMs(amount) }],
    appropriatedAtMs: at(day),
  } as const;
}

const carried = { type: 'BalanceCarried', wallet, origin: one, amountMs: workMs(100n) } as const;

function entriesOf(scenario: ReturnType<typeof given>): readonly Entry[] {
  return Array.from(scenario.view.entries.range({ prefix: [wallet] }), ({ value }) => value);
}

test('appropriations are numbered from 1 on, each a line of the statement', () => {
  const scenario = given().given(carried, appropriated(30n, 1, 1n), appropriated(20n, 2, 2n));
  expect(scenario.view.balances.get(wallet, one)).toBe(50n);
  expect(scenario.view.appropriations.get(wallet)).toBe(2n);
  const line = { kind: EntryKind.APPROPRIATION, collective: store, segment: 0n };
  expect(entriesOf(scenario)).toEqual([
    { ...line, atMs: at(1n), number: 1n, amountMs: 30n },
    { ...line, atMs: at(2n), number: 2n, amountMs: 20n },
  ]);
});

test('what a genesis carries stands as it stood: balances, claims, receipts, statements', () => {
  const claim: Entry = {
    atMs: at(3n),
    kind: EntryKind.CLAIM,
    number: 9n,
    collective: one,
    amountMs: workMs(7n),
    segment: segmentId(january),
  };
  const spent: Entry = { ...claim, kind: EntryKind.APPROPRIATION, number: 4n };
  const receipt = { amountMs: workMs(5n), appropriatedAtMs: at(1n) };
  const scenario = given().given(
    carried,
    { type: 'ClaimCarried', workload: 9n as WorkloadId },
    { type: 'ReceiptCarried', store, nonce: nonce(3), ...receipt },
    { type: 'EntryCarried', wallet, entry: spent },
    { type: 'EntryCarried', wallet, entry: claim },
  );
  const { view } = scenario;
  expect(view.balances.get(wallet, one)).toBe(100n);
  expect(view.standings.get(one)).toMatchObject({ balanceMs: 100n });
  expect(view.claimed.has(9n as WorkloadId)).toBe(true);
  expect(view.receipts.get(store, nonce(3))).toEqual(receipt);
  expect(entriesOf(scenario)).toEqual([claim, spent]);
  // Only appropriations are counted: the next has the number after the last.
  expect(view.appropriations.get(wallet)).toBe(4n);
});

test('a claim is a line of the statement, under the number of its workload', () => {
  const revision = {
    revision: revisionId(1n),
    component: componentId(1n),
    segment: segmentId(january),
    aMs: workMs(10n),
    cMs: workMs(0n),
    wMs: workMs(0n),
    debtBeforeMs: 0n,
    netMs: workMs(10n),
    debtAfterMs: 0n,
    residueMs: 0n,
    revisedAtMs: at(40n),
    expiresWith: segmentId(0n),
  };
  const share = { collective: one, offsetMs: workMs(0n), claimableMs: workMs(10n) };
  const scenario = given().given(
    { type: 'SegmentRevised', revision, shares: [share] },
    {
      type: 'CouponsClaimed',
      workload: 6n as WorkloadId,
      revision: revisionId(1n),
      collective: one,
      segment: segmentId(january),
      wallet,
      amountMs: workMs(10n),
      claimedAtMs: at(41n),
    },
  );
  expect(entriesOf(scenario)).toEqual([
    {
      atMs: at(41n),
      kind: EntryKind.CLAIM,
      number: 6n,
      collective: one,
      amountMs: 10n,
      segment: january,
    },
  ]);
  expect(scenario.view.appropriations.get(wallet)).toBeUndefined();
});

test('a supply is that of the last revision', () => {
  const supply = { revision: revisionId(2n), root: nonce(5), balanceMs: workMs(8n) };
  const { view } = given().given({
    type: 'SupplyCounted',
    component: componentId(1n),
    supply,
  });
  expect(view.supplies.get(componentId(1n))).toEqual(supply);
});

test('a wallet without guardians has no row', () => {
  const named = { type: 'GuardiansSet', wallet, guardians: [account(2)], threshold: 1 } as const;
  const { view } = given().given(named, { ...named, guardians: [], threshold: 0 });
  expect(view.guardians.has(wallet)).toBe(false);
});

test('an era takes the place of one that was to begin at the same boundary or later', () => {
  const set = (from: bigint, length: bigint) =>
    ({
      type: 'ParametersSet',
      fromSegment: segmentId(from),
      params: { ...defaultParameters, segmentLengthMs: durationMs(length) },
      era: {
        firstSegment: segmentId(from),
        startMs: at(from),
        segmentLengthMs: durationMs(length),
      },
    }) as const;
  const { view } = given().given(set(5n, 1000n), set(7n, 2000n), set(7n, 3000n));
  const eras = view.eras.get()?.eras ?? [];
  expect(eras.map(({ firstSegment, segmentLengthMs }) => [firstSegment, segmentLengthMs])).toEqual([
    [5n, 1000n],
    [7n, 3000n],
  ]);
});

test('parameters that leave the length of segments alone begin no era', () => {
  const scenario = given().given({
    type: 'ParametersSet',
    fromSegment: segmentId(0n),
    params: defaultParameters,
  });
  const json = '{"graceMs":"1000"}';
  const { events } = scenario.at({ timeMs: at(1n) }).when({ type: 'SetParameters', json });
  expect(events).toEqual([
    {
      type: 'ParametersSet',
      fromSegment: january + 1n,
      params: { ...defaultParameters, graceMs: 1000n },
    },
  ]);
});

describe('ledgers that join', () => {
  const running = segmentId(january + 3n);
  const ledger = (component: bigint, debtMs: bigint) =>
    ({
      type: 'DebtCarried',
      component: componentId(component),
      debtMs,
      nextSegment: running,
      cause: DebtCause.CARRIED,
    }) as const;
  const join = {
    type: 'JoinLedgers',
    remaining: componentId(1n),
    ending: componentId(2n),
  } as const;
  const april = { timeMs: at(100n) };
  const joined = (debtMs: bigint) => ({
    ...ledger(1n, debtMs),
    cause: DebtCause.JOINED,
  });

  test('both debts are carried on, and one ledger ends', () => {
    const scenario = new World([[1], [2]]).scenario.given(ledger(1n, 5n), ledger(2n, 7n));
    expect(scenario.at(april).when(join).events).toEqual([
      joined(12n),
      { type: 'LedgerEnded', component: 2n },
    ]);
  });

  test('ledgers that are ahead of the running segment stay ahead', () => {
    const ahead = segmentId(running + 1n);
    const scenario = new World([[1], [2]]).scenario.given(
      { ...ledger(1n, 5n), nextSegment: ahead },
      { ...ledger(2n, 7n), nextSegment: ahead },
    );
    const { events } = scenario.at(april).when(join);
    expect(events[0]).toEqual({ ...joined(12n), nextSegment: ahead });
  });

  test('a component that was never revised brings no debt, and has no ledger to end', () => {
    const alone = new World([[1], [2]]).scenario.given(ledger(1n, 5n));
    expect(alone.at(april).when(join).events).toEqual([joined(5n)]);
    const none = new World([[1], [2]]).scenario;
    expect(none.at(april).when(join).events).toEqual([joined(0n)]);
  });
});

test('K has the balances, and of what is not revised the hours less commons and losses', () => {
  const world = new World([[1, 2]]);
  world.work(1, 1, 100n);
  world.book(1, { c: 30n, w: 20n });
  const { scenario, ports } = world;
  scenario.given(carried);
  const { coupons } = standingOf(scenario.view, ports, componentId(1n), segmentId(january));
  expect(coupons).toBe(100n + 100n - 30n - 20n);
});

test('a revision counts the coupons that are held, whoever holds them', () => {
  const world = new World([[1, 2]]);
  world.work(1, 1, 100n);
  world.scenario.given(carried, { ...carried, wallet: account(2), amountMs: workMs(11n) });
  world.leftGoods = 111n;
  const finalise = { type: 'FinaliseEnded', component: componentId(1n) } as const;
  const { events } = world.afterGrace(january).scenario.when(finalise);
  const counted = events.find(({ type }) => type === 'SupplyCounted');
  expect(counted).toMatchObject({ component: 1n, supply: { balanceMs: 111n } });
});

test('without a rule that lets them expire, coupons stay: with one, they end with their segment', () => {
  for (const [expirySegments, ends] of [
    [0n, 0n],
    [2n, january + 2n],
  ] as const) {
    const world = new World([[1]]);
    world.work(1, 1, 100n);
    world.scenario.given({
      type: 'ParametersSet',
      fromSegment: segmentId(0n),
      params: { ...defaultParameters, expirySegments },
    });
    const finalise = { type: 'FinaliseEnded', component: componentId(1n) } as const;
    const { events } = world.afterGrace(january).scenario.when(finalise);
    const revised = events.find(({ type }) => type === 'SegmentRevised');
    expect(revised).toMatchObject({ revision: { expiresWith: ends } });
  }
});

test('a component that was never revised splits without a debt', () => {
  const { scenario } = new World([[1], [2]]);
  const split = {
    type: 'SplitLedger',
    component: componentId(1n),
    arising: componentId(2n),
  } as const;
  const { events } = scenario.at({ timeMs: at(100n) }).when(split);
  expect(events).toMatchObject([
    { component: 1n, debtMs: 0n },
    { component: 2n, debtMs: 0n },
  ]);
});

test('coupons that nobody claimed end also in a segment without work, and leave no row', () => {
  const world = new World([[1]]);
  world.work(1, 1, 100n);
  const expirySegments = 2n;
  world.scenario.given({
    type: 'ParametersSet',
    fromSegment: segmentId(0n),
    params: { ...defaultParameters, expirySegments },
  });
  const finalise = { type: 'FinaliseEnded', component: componentId(1n) } as const;
  const { scenario } = world.afterGrace(january);
  scenario.when(finalise);
  expect(scenario.view.expiring.get(one)).toHaveLength(1);
  const { events } = world.afterGrace(january + 4n).scenario.when(finalise);
  const expired = events.filter(({ type }) => type === 'CouponsExpired');
  expect(expired).toMatchObject([{ collective: 1n, segment: january, amountMs: 100n }]);
  const revised = events.filter(({ type }) => type === 'SegmentRevised');
  expect(revised).toMatchObject([{ revision: { segment: january + 2n } }]);
  expect(Array.from(scenario.view.expiring.range())).toEqual([]);
});
