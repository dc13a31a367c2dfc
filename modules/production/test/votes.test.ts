import { type Ballot, Label } from '../types.ts';
import { account, drive, flour, hour, oven, segmentMs, start, World } from './world.ts';

const one = 1n as never;
/** Above the limit of the chain. */
const large = 10_000n * hour + 1n;

function ballotOf(world: World, id: bigint): Ballot {
  const found = world.scenario.view.ballots.get(id as never);
  if (found === undefined) throw new Error(`no ballot ${id}`);
  return found;
}

const by = (id: number) => ({ signer: account(id), collective: BigInt(id) });

describe('2-P20 a large production', () => {
  function asked(): { world: World; estimate: bigint } {
    const world = new World();
    const order = world.order();
    const done = world.ok('Estimate', { order, valueMs: large });
    expect(World.fact(done, 'BallotOpened')).toMatchObject({
      subject: 'production',
      electorate: 3n,
      valueMs: large,
    });
    return { world, estimate: World.fact(done, 'Estimated').estimate };
  }

  test('starts when more than half of the component has said yes, and not before', () => {
    const { world, estimate } = asked();
    const no = (stage: string) =>
      expect(world.no('StartProduction', { estimate })).toEqual([
        'vote_needed',
        `estimate 1 of ${large} ms is above ${large - 1n} ms, and its ballot is ${stage}`,
      ]);
    no('open');
    world.ok('VoteProduction', { ...by(1), estimate, yes: true });
    no('open');
    world.ok('VoteProduction', { ...by(3), estimate, yes: true });
    expect(ballotOf(world, 1n)).toMatchObject({ stage: 'passed', yes: 2n, no: 0n });
    world.ok('StartProduction', { estimate });
  });

  test('does not start when half of the component has said no', () => {
    const { world, estimate } = asked();
    world.ok('VoteProduction', { ...by(1), estimate, yes: false });
    expect(ballotOf(world, 1n).stage).toBe('open');
    world.ok('VoteProduction', { ...by(2), estimate, yes: false });
    expect(ballotOf(world, 1n).stage).toBe('rejected');
    expect(world.no('StartProduction', { estimate })[0]).toBe('vote_needed');
    expect(world.no('VoteProduction', { ...by(3), estimate, yes: true })).toEqual([
      'nothing_to_vote',
      'estimate 1 needs no vote',
    ]);
  });

  test('of the limit itself needs no vote', () => {
    const world = new World();
    const order = world.order();
    const { events } = world.ok('Estimate', { order, valueMs: large - 1n });
    expect(events.map(({ type }) => type)).toEqual(['Estimated']);
    world.ok('StartProduction', { estimate: 1n });
    expect(world.no('VoteProduction', { ...by(1), estimate: 1n, yes: true })[0]).toBe(
      'nothing_to_vote',
    );
  });

  test('a split voids the vote, and the next vote opens another, of those who are left', () => {
    const { world, estimate } = asked();
    world.ok('VoteProduction', { ...by(1), estimate, yes: true });
    world.join();
    world.split();
    expect(ballotOf(world, 1n).stage).toBe('void');
    const again = world.ok('VoteProduction', { ...by(1), estimate, yes: true });
    expect(World.fact(again, 'BallotOpened')).toMatchObject({ ballot: 2n, electorate: 3n });
    world.ok('VoteProduction', { ...by(2), estimate, yes: true });
    world.ok('StartProduction', { estimate });
  });

  test('who joins later has no vote, who was there keeps it', () => {
    const { world, estimate } = asked();
    world.join();
    expect(world.no('VoteProduction', { ...by(4), estimate, yes: true })).toEqual([
      'no_vote',
      'collective 4 was not in the component of ballot 1 when it was opened',
    ]);
    world.ok('VoteProduction', { ...by(2), estimate, yes: true });
    world.ok('VoteProduction', { ...by(3), estimate, yes: true });
    expect(ballotOf(world, 1n).stage).toBe('passed');
  });

  test('X-6 production refuses a second vote, and one by another', () => {
    const { world, estimate } = asked();
    world.ok('VoteProduction', { ...by(1), estimate, yes: true });
    expect(world.no('VoteProduction', { ...by(1), estimate, yes: false })).toEqual([
      'voted_already',
      'collective 1 has voted on ballot 1',
    ]);
    const no = (fields: object) => world.no('VoteProduction', { ...by(2), estimate, ...fields })[0];
    expect(no({ signer: account(3) })).toBe('not_the_owner');
    expect(no({ collective: 9n })).toBe('unknown_collective');
    expect(no({ estimate: 9n })).toBe('unknown_estimate');
  });
});

describe('2-P17 an output that differs from its estimate', () => {
  const finish = (world: World, production: bigint, valueMs: bigint) =>
    world.act('Output', { production, lines: [{ type: flour, quantity: 1n, valueMs }] });

  test.each([
    ['a third more is not told', 4n * hour, []],
    ['above a third is told', 4n * hour + 1n, ['DeviationWarned']],
    ['twice is told', 6n * hour, ['DeviationWarned']],
    ['less than two thirds is told', 2n * hour - 1n, ['DeviationWarned']],
  ])('%s', (_, workedMs, told) => {
    const world = new World();
    const id = world.begin({}, 3n * hour);
    world.work(id, workedMs);
    const types = finish(world, id, workedMs).events.map(({ type }) => type);
    expect(types.filter((type) => type === 'DeviationWarned')).toEqual(told);
  });

  test('above twice waits for a vote, which approves what went in so far', () => {
    const world = new World();
    const id = world.begin({}, hour);
    world.work(id, 2n * hour + 1n);
    expect(finish(world, id, 2n * hour + 1n)).toMatchObject({
      refused: 'output_vote_needed',
      message: `production 1 has ${2n * hour + 1n} ms where ${hour} ms were estimated`,
    });
    const vote = { estimate: 1n, yes: true };
    const opened = world.ok('VoteProduction', { ...by(2), ...vote });
    expect(World.fact(opened, 'BallotOpened')).toMatchObject({ subject: 'deviation' });
    const passed = world.ok('VoteProduction', { ...by(3), ...vote });
    expect(World.fact(passed, 'DeviationApproved').approvedMs).toBe(2n * hour + 1n);
    expect(world.no('VoteProduction', { ...by(1), ...vote })[0]).toBe('nothing_to_vote');
    expect(finish(world, id, 2n * hour + 1n).refused).toBeUndefined();
  });

  test('waits for no vote any more where its order was rejected meanwhile', () => {
    const world = new World();
    const id = world.begin({}, hour);
    world.work(id, 2n * hour + 1n);
    const vote = { estimate: 1n, yes: true };
    world.ok('VoteProduction', { ...by(2), ...vote });
    world.ok('RejectOrder', { order: 1n, reason: 'no' });
    expect(world.no('VoteProduction', { ...by(3), ...vote })).toEqual([
      'nothing_to_vote',
      'estimate 1 needs no vote',
    ]);
  });
});

describe('2-P20 the category of a type', () => {
  test('changes with the next segment: lots, offers and pools become common and are owed', () => {
    const world = new World();
    world.stores.add(1n);
    const lots = [world.goods(3n, 100n), world.goods(4n, 50n), world.goods(5n, 25n)];
    const machine = world.machine(oven, 10n, 1000n);
    world.ok('Shelve', { lot: lots[1], quantity: 4n });
    world.ok('Transfer', { lot: lots[2], quantity: 5n, to: 2n });
    const asked = world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS });
    // The ballot shows the figure.
    expect(World.fact(asked, 'BallotOpened').valueMs).toBe(175n);
    for (const id of [1, 2]) world.ok('VoteCategory', { ...by(id), ballot: 1n, yes: true });
    expect(ballotOf(world, 1n).stage).toBe('passed');
    expect(world.wake()).toEqual([]);
    const goods = world.reads.exclusiveGoods(one);
    const end = (start / segmentMs + 1n) * segmentMs;
    world.later(end - world.now);
    expect(world.wake()).toEqual([]);
    world.later(1n);
    const events = world.wake();
    expect(events.map(({ type }) => type)).toEqual([
      ...['BallotAdvanced', 'CategorySet', 'PoolRelabelled', 'DebtMoved'],
      ...['LotsRelabelled', 'DebtMoved'],
    ]);
    const owed = events.flatMap((event) => (event.type === 'DebtMoved' ? [event.byMs] : []));
    expect(owed).toEqual([50n, 125n]);
    expect(world.lot(lots[0] ?? 0n)).toMatchObject({ label: Label.COMMONS, valueMs: 100n });
    expect(world.lot(lots[2] ?? 0n)).toMatchObject({ label: Label.COMMONS, stage: 'offered' });
    expect(world.lot(machine).label).toBe(Label.EXCLUSIVE);
    expect(world.reads.exclusiveGoods(one)).toBe(goods - 125n);
    expect(world.reads.poolValue(one)).toBe(0n);
    expect(world.scenario.view.pools.get(one, flour as never)?.units).toBe(4n);
  });

  test('2-P8 outputs follow on output, means at work on deallocation', () => {
    const world = new World();
    const means = world.machine(oven, 10n, 1000n);
    const id = world.begin({ type: oven }, hour);
    world.ok('AllocateMeans', { production: id, lot: means });
    expect(world.vote(oven).some(({ type }) => type === 'LotsRelabelled')).toBe(false);
    expect(world.lot(means)).toMatchObject({ label: Label.EXCLUSIVE, stage: 'allocated' });
    const freed = world.ok('DeallocateMeans', { allocation: 1n, used: 4n });
    expect(World.fact(freed, 'DebtMoved').byMs).toBe(600n);
    expect(world.lot(means)).toMatchObject({ label: Label.COMMONS, valueMs: 600n });
    world.work(id, hour);
    const line = {
      ...{ type: oven, quantity: 1n, valueMs: hour + 400n },
      elements: [{ valueMs: hour + 400n, durability: 9n }],
    };
    const out = world.ok('Output', { production: id, lines: [line] });
    expect(World.fact(out, 'LotProduced').label).toBe(Label.COMMONS);
    expect(World.fact(out, 'DebtMoved').byMs).toBe(hour + 400n);
    expect(world.reads.exclusiveGoods(one)).toBe(0n);
  });

  test('from common to exclusive goods enter at value 0, with all their elements', () => {
    const world = new World();
    world.makeCommon(oven);
    const id = world.begin({ type: oven, label: Label.COMMONS }, hour);
    world.work(id, hour);
    const element = { valueMs: hour, durability: 9n };
    const line = { type: oven, quantity: 1n, valueMs: hour, elements: [element] };
    const { lot } = World.fact(
      world.ok('Output', { production: id, lines: [line] }),
      'LotProduced',
    );
    world.vote(oven, Label.EXCLUSIVE);
    expect(world.lot(lot)).toMatchObject({ label: Label.EXCLUSIVE, valueMs: 0n });
    const stored = world.scenario.view.compositions.get(lot as never)?.elements;
    expect(stored).toMatchObject([{ valueMs: 0n, durability: 9n }]);
  });

  test('goods of many lots follow over several blocks, none twice', () => {
    const world = new World();
    const lot = world.goods(700n, 7_000n);
    for (let i = 0; i < 600; i += 1) {
      const offer = { type: 'Transfer', signer: account(1), lot, quantity: 1n, to: 2n };
      world.scenario.when(offer as never);
      const transfer = BigInt(i + 1);
      world.scenario.when({ type: 'AcceptTransfer', signer: account(2), transfer } as never);
    }
    const asked = world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS });
    expect(World.fact(asked, 'BallotOpened').valueMs).toBe(7000n);
    for (const id of [1, 2]) world.ok('VoteCategory', { ...by(id), ballot: 1n, yes: true });
    world.later(segmentMs);
    const events = world.wake();
    const relabelled = events.flatMap((event) =>
      event.type === 'LotsRelabelled' ? event.lots : [],
    );
    expect(relabelled.length).toBe(601);
    expect(new Set(relabelled).size).toBe(601);
    const owed = events.flatMap((event) => (event.type === 'DebtMoved' ? [event.byMs] : []));
    expect(owed.reduce((sum, ms) => sum + ms, 0n)).toBe(7000n);
  });

  test('2-P20, D2.20 a split voids votes that have passed and are not in force: nothing follows from them', () => {
    const world = new World();
    world.join();
    const lot = world.goods(3n, 100n);
    const json = '{"voteLimitMs":"5"}';
    world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS });
    world.ok('ProposeParameters', { ...by(1), json });
    for (const id of [1, 2, 3]) {
      world.ok('VoteCategory', { ...by(id), ballot: 1n, yes: true });
      world.ok('VoteParameters', { ...by(id), ballot: 2n, yes: true });
    }
    expect([1n, 2n].map((id) => ballotOf(world, id).stage)).toEqual(['passed', 'passed']);
    world.split();
    expect([1n, 2n].map((id) => ballotOf(world, id).stage)).toEqual(['void', 'void']);
    world.later(segmentMs);
    expect(world.wake()).toEqual([]);
    expect(world.lot(lot).label).toBe(Label.EXCLUSIVE);
    expect([...world.scenario.view.commons.range()]).toEqual([]);
    expect([...world.scenario.view.componentParams.range()]).toEqual([]);
    // Those who are left can ask anew.
    world.ok('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS });
    world.ok('ProposeParameters', { ...by(1), json });
  });

  test('X-6 production refuses what is so, what is asked, what is over, and strangers', () => {
    const world = new World();
    const ask = (fields: object = {}) =>
      world.act('ProposeCategory', { ...by(1), type: flour, label: Label.COMMONS, ...fields });
    expect(ask({ label: Label.EXCLUSIVE })).toMatchObject({
      refused: 'category_already',
      message: 'goods of type 1 are exclusive already',
    });
    expect(ask({ label: 0 }).refused).toBe('invalid_label');
    expect(ask({ ...by(4) }).refused).toBe('foreign_type');
    expect(ask({ type: 9n }).refused).toBe('unknown_type');
    expect(ask().refused).toBeUndefined();
    expect(ask()).toMatchObject({
      refused: 'already_proposed',
      message: 'ballot 1 asks that already',
    });
    const no = (fields: object) =>
      world.no('VoteCategory', { ...by(1), ballot: 1n, yes: false, ...fields });
    expect(no({ ballot: 9n })).toEqual(['unknown_ballot', 'there is no ballot 9 on category']);
    expect(no({ ...by(4) })[0]).toBe('no_vote');
    for (const id of [1, 2]) world.ok('VoteCategory', { ...by(id), ballot: 1n, yes: false });
    expect(no({ ...by(3) })).toEqual(['ballot_over', 'ballot 1 is rejected']);
    const params = world.ok('ProposeParameters', { ...by(1), json: '{"countersign":true}' });
    expect(World.fact(params, 'BallotOpened').ballot).toBe(2n);
    expect(no({ ballot: 2n })[0]).toBe('unknown_ballot');
  });
});

describe('parameters of a component', () => {
  test('hold from the next segment on, there and nowhere else', () => {
    const world = new World();
    const json = '{"voteLimitMs":"5","handOverPeriodMs":"0"}';
    world.ok('ProposeParameters', { ...by(2), json });
    for (const id of [1, 2]) world.ok('VoteParameters', { ...by(id), ballot: 1n, yes: true });
    expect(world.ok('Estimate', { order: world.order(), valueMs: 6n }).events.length).toBe(1);
    world.later(segmentMs);
    world.wake();
    expect(world.ok('Estimate', { order: world.order(), valueMs: 6n }).events.length).toBe(2);
    expect(ballotOf(world, 1n).stage).toBe('in_force');
    expect([...world.scenario.view.componentParams.range()].map(({ key }) => key)).toEqual([[1n]]);
  });

  test('2-P6, D2.28 a component may ask for countersignatures before the output', () => {
    const world = new World();
    world.ok('ProposeParameters', { ...by(2), json: '{"countersign":true}' });
    for (const id of [1, 2]) world.ok('VoteParameters', { ...by(id), ballot: 1n, yes: true });
    world.later(segmentMs);
    world.wake();
    const id = world.begin({}, 2n * hour);
    const workload = world.work(id, hour);
    const lines = [{ type: flour, quantity: 1n, valueMs: hour }];
    expect(world.no('Output', { production: id, lines })).toEqual([
      'not_countersigned',
      '1 workloads of production 1 are not countersigned',
    ]);
    const { wallet } = world.scenario.view.workloads.get(workload as never) ?? {};
    world.ok('CountersignWorkload', { signer: wallet, workload });
    world.ok('Output', { production: id, lines });
  });

  test('the account that signs for a wallet countersigns, also where guardians gave it one', () => {
    const world = new World();
    const workload = world.work(world.begin(), hour);
    const { wallet } = world.scenario.view.workloads.get(workload as never) ?? {};
    world.keys.set(wallet as never, account(7));
    expect(world.no('CountersignWorkload', { signer: wallet, workload })[0]).toBe('not_the_worker');
    world.ok('CountersignWorkload', { signer: account(7), workload });
  });

  test.each([
    ['{', 'production: is not JSON: {'],
    ['{"declaredUse":true}', 'production.declaredUse: is set by the genesis alone'],
    ['{"surplus":"1"}', 'production: has an unknown field surplus'],
    [`{${' '.repeat(1024)}}`, '1026 characters, above 1024'],
  ])('X-6 production refuses to ask for %s', (json, problem) => {
    const world = new World();
    expect(world.no('ProposeParameters', { ...by(1), json })).toEqual([
      'malformed_parameters',
      `the parameters can't be taken: ${problem}`,
    ]);
  });

  test('X-6 production refuses a second question before the first is answered', () => {
    const world = new World();
    const json = '{"countersign":true}';
    world.ok('ProposeParameters', { ...by(1), json });
    expect(world.no('ProposeParameters', { ...by(2), json })[0]).toBe('already_proposed');
  });
});

test('what a chain votes holds from the next segment on, and declared use from its genesis', () => {
  const world = new World();
  const json = '{"voteLimitMs":"1"}';
  world.cause({ type: 'SetParameters', json });
  expect(world.scenario.view.params.get()?.voteLimitMs).toBeUndefined();
  world.later(segmentMs);
  world.wake();
  expect(world.scenario.view.params.get()).toMatchObject({ voteLimitMs: 1n, declaredUse: false });
  const lot = world.piece(drive, 1000n);
  const params = world.scenario.view.params.get();
  if (params === undefined) throw new Error('no parameters');
  world.scenario.given({
    type: 'ParametersSet',
    params: { ...params, voteLimitMs: hour as never },
  });
  const production = world.begin();
  world.ok('AllocateMeans', { production, lot });
  const first = { allocation: 1n, used: 5n };
  expect(world.no('DeallocateMeans', first)[0]).toBe('more_than_elapsed');
  world.scenario.given({
    type: 'ParametersSet',
    params: { ...params, voteLimitMs: hour as never, declaredUse: true },
  });
  world.ok('DeallocateMeans', first);
  world.ok('AllocateMeans', { production, lot });
  expect(world.no('DeallocateMeans', { allocation: 2n, used: 0n })[0]).toBe('zero_quantity');
});
