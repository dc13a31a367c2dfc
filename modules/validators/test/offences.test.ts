import { height } from '../../_kernel/units.ts';
import { consensusAddress } from '../power.ts';
import type { Misbehavior } from '../types.ts';
import { duplicateVote, hub, keyOf, ownerOf, powersOf, World } from './world.ts';

const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const removal = ['BondCut', 'ValidatorRemoved', 'UnbondingBegun', 'ValidatorSetChanged'];

function lightClientAttack(n: number): Misbehavior {
  return { ...duplicateVote(n), kind: 'light_client_attack' };
}

describe('a validator that breaks consensus', () => {
  test('loses a part of its bond and is removed for good; the rest unbonds', () => {
    const world = new World([4n, 4n]);
    const events = world.block([], [duplicateVote(1)]);
    const facts = { owner: ownerOf(1), consensusAddress: consensusAddress(keyOf(1)) };
    const { height: begunHeight, timeMs: begunMs } = world.scenario.context;
    expect(events).toEqual([
      {
        type: 'BondCut',
        ...facts,
        kind: 'duplicate_vote',
        infractionHeight: 9n,
        infractionMs: duplicateVote(1).timeMs,
        amountUhub: 400_000n,
        bondCutUhub: 400_000n,
        unbondingCuts: [],
      },
      { type: 'ValidatorRemoved', ...facts },
      {
        type: 'UnbondingBegun',
        owner: ownerOf(1),
        id: 1n,
        amountUhub: 3_600_000n,
        begunHeight,
        begunMs,
        dueMs: begunMs + 1000n,
      },
      { type: 'ValidatorSetChanged', updates: [{ pubKey: keyOf(1), power: 0n }] },
    ]);
    world.block([], [], 1000n);
    expect(world.balances.get(ownerOf(1))).toBe(3_600_000n);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('each kind of offence has its own cut', () => {
    const world = new World([4n, 4n]);
    world.block([], [lightClientAttack(1)]);
    expect(world.view.unbondings.get(ownerOf(1), 1n)?.amountUhub).toBe(3_200_000n);
  });

  test('a cut is rounded down in favour of the owner', () => {
    const world = new World([4n, 4n], { duplicateVoteCutPpm: '333333' });
    world.bond(1, 1n);
    const [cut] = world.block([], [duplicateVote(1)]);
    expect(cut).toMatchObject({ amountUhub: 1_333_332n });
  });

  test('a cut of all leaves nothing to unbond', () => {
    const world = new World([4n, 4n], { duplicateVoteCutPpm: '1000000' });
    world.unbond(1, hub);
    const events = world.block([], [duplicateVote(1)]);
    expect(types(events)).toEqual(['BondCut', 'ValidatorRemoved', 'ValidatorSetChanged']);
    expect(events[0]).toMatchObject({ amountUhub: 4n * hub });
    expect(world.block([], [], 1000n)).toEqual([]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('the cut includes unbondings whose power still counted at the offence, no others', () => {
    const world = new World([9n, 4n]);
    world.scenario.at({ height: height(7n) });
    world.unbond(1, hub);
    world.scenario.at({ height: height(8n) });
    world.unbond(1, 2n * hub);
    const [cut] = world.block([], [duplicateVote(1, 9n)]);
    expect(cut).toMatchObject({
      amountUhub: 800_000n,
      bondCutUhub: 600_000n,
      unbondingCuts: [{ id: 2n, amountUhub: 200_000n }],
    });
    expect(world.view.unbondings.get(ownerOf(1), 1n)?.amountUhub).toBe(hub);
    expect(world.view.unbondings.get(ownerOf(1), 2n)?.amountUhub).toBe(1_800_000n);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('is punished also after it has left with all its bond', () => {
    const world = new World([4n, 4n]);
    world.unbond(1, 4n * hub);
    world.block();
    const events = world.block([], [duplicateVote(1, 10n)]);
    expect(types(events)).toEqual(['BondCut', 'ValidatorRemoved']);
    expect(events[0]).toMatchObject({ amountUhub: 400_000n, bondCutUhub: 0n });
  });

  test('is punished also while it is jailed', () => {
    const world = new World([4n, 9n]);
    for (let missed = 0; missed < 4; missed += 1) world.block([1]);
    expect(world.validator(1)?.stage).toBe('jailed');
    expect(types(world.block([], [duplicateVote(1)]))).toEqual(removal.slice(0, 3));
  });

  test('is punished once, whoever reports it and however often', () => {
    const world = new World([4n, 4n]);
    const first = world.block([], [duplicateVote(1), duplicateVote(1), duplicateVote(1, 8n)]);
    expect(types(first)).toEqual(removal);
    const state = world.scenario.state.dump();
    expect(world.block([], [duplicateVote(1), duplicateVote(1, 7n)])).toEqual([]);
    expect(world.block([], [lightClientAttack(1)])).toEqual([]);
    expect(world.scenario.state.dump()).toBe(state);
  });

  test('one light-client attack, reported as several misbehaviors, is one punishment each', () => {
    const world = new World([4n, 4n, 4n]);
    const reports = [1, 2, 1, 2, 1].map((n) => lightClientAttack(n));
    const events = world.block([], reports);
    expect(types(events).filter((type) => type === 'BondCut')).toHaveLength(2);
    expect(types(events).filter((type) => type === 'ValidatorRemoved')).toHaveLength(2);
    expect(powersOf(world)).toEqual({ 3: 4n });
    expect(Array.from(world.view.unbondings.range(), ({ key }) => key[1])).toEqual([1n, 2n]);
    expect(world.view.nextUnbonding.get()).toBe(3n);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('misbehavior of a key that nobody registered changes nothing', () => {
    expect(new World([4n]).block([], [duplicateVote(7)])).toEqual([]);
  });
});

describe('the last validator with power', () => {
  test('is cut but keeps its power, with a critical event', () => {
    const world = new World([4n]);
    const events = world.block([], [duplicateVote(1)]);
    expect(types(events)).toEqual(['BondCut', 'LastValidatorKept', 'ValidatorSetChanged']);
    expect(events[1]).toMatchObject({ reason: 'misbehavior', owner: ownerOf(1) });
    expect(powersOf(world)).toEqual({ 1: 3n });
    expect(world.block([], [duplicateVote(1), duplicateVote(1, 8n)])).toEqual([]);
  });

  test('keeps a power of 1 where the cut leaves less', () => {
    const world = new World([4n], { duplicateVoteCutPpm: '1000000' });
    world.block([], [duplicateVote(1)]);
    expect(powersOf(world)).toEqual({ 1: 1n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('of several that offend in one block, one is kept', () => {
    const world = new World([4n, 4n]);
    const events = world.block([], [duplicateVote(2), duplicateVote(1)]);
    expect(types(events)).toContain('LastValidatorKept');
    expect(powersOf(world)).toEqual({ 1: 3n });
  });

  test('is removed as soon as another has power', () => {
    const world = new World([4n, 4n]);
    world.unbond(2, 4n * hub);
    world.block([], [duplicateVote(1)]);
    expect(world.validator(1)?.stage).toBe('condemned');
    world.bond(2, 2n * hub);
    const events = world.block();
    expect(types(events)).toEqual(['ValidatorRemoved', 'UnbondingBegun', 'ValidatorSetChanged']);
    expect(powersOf(world)).toEqual({ 2: 2n });
    expect(world.block()).toEqual([]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('is not jailed, with a critical event', () => {
    const world = new World([4n]);
    for (let missed = 0; missed < 3; missed += 1) world.block([1]);
    const events = world.block([1]);
    expect(types(events)).toEqual(['BlockMissed', 'LastValidatorKept']);
    expect(events[1]).toMatchObject({ reason: 'downtime' });
    expect(world.validator(1)).toMatchObject({ stage: 'active', missed: 0n });
    expect(types(world.block([1]))).toEqual(['BlockMissed']);
  });
});

describe('a validator that does not sign', () => {
  test('is recorded, and jailed when it has missed more than allowed', () => {
    const world = new World([4n, 9n]);
    for (let missed = 0; missed < 3; missed += 1) {
      expect(types(world.block([1]))).toEqual(['BlockMissed']);
    }
    const events = world.block([1]);
    expect(types(events)).toEqual(['BlockMissed', 'ValidatorJailed', 'ValidatorSetChanged']);
    expect(events[1]).toMatchObject({ missed: 4n, untilMs: world.nowMs + 100n });
    expect(powersOf(world)).toEqual({ 2: 9n });
    expect(world.validator(1)).toMatchObject({ bondUhub: 4n * hub });
  });

  test('is not recorded while it is jailed or after it was removed', () => {
    const world = new World([4n, 9n]);
    for (let missed = 0; missed < 4; missed += 1) world.block([1]);
    expect(world.block([1])).toEqual([]);
    world.block([], [duplicateVote(1)]);
    expect(world.block([1])).toEqual([]);
    const offending = new World([4n, 9n]);
    offending.block([1]);
    expect(types(offending.block([1], [duplicateVote(1)]))).toEqual(removal);
    expect(Array.from(offending.view.misses.range())).toEqual([]);
    expect(offending.scenario.violations()).toEqual([]);
  });

  test('misses leave the window: three in ten blocks are allowed for ever', () => {
    const world = new World([4n, 9n]);
    for (let block = 0; block < 60; block += 1) world.block(block % 10 < 3 ? [1] : []);
    expect(world.validator(1)).toMatchObject({ stage: 'active', missed: 3n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a miss counts in the ten blocks that end with it, not one longer', () => {
    const within = new World([4n, 9n]);
    const after = new World([4n, 9n]);
    for (const world of [within, after]) for (let i = 0; i < 3; i += 1) world.block([1]);
    for (let block = 0; block < 6; block += 1) within.block();
    for (let block = 0; block < 7; block += 1) after.block();
    expect(types(within.block([1]))).toContain('ValidatorJailed');
    expect(after.block([1])).toEqual([
      expect.objectContaining({ type: 'BlockMissed', expiredHeights: [10n] }),
    ]);
  });

  test('a block that all sign writes nothing', () => {
    const world = new World([4n, 9n]);
    world.block([1]);
    const state = world.scenario.state.dump();
    for (let block = 0; block < 30; block += 1) expect(world.block()).toEqual([]);
    expect(world.scenario.state.dump()).toBe(state);
  });
});

describe('MsgUnjail', () => {
  function jailed(): World {
    const world = new World([4n, 9n]);
    for (let missed = 0; missed < 4; missed += 1) world.block([1]);
    return world;
  }
  const unjail = { type: 'Unjail', owner: ownerOf(1) } as const;

  test('brings a validator back after the jail time', () => {
    const world = jailed();
    world.block([], [], 100n);
    expect(world.when(unjail).events).toEqual([
      { ...unjail, type: 'ValidatorUnjailed', consensusAddress: consensusAddress(keyOf(1)) },
    ]);
    world.block();
    expect(powersOf(world)).toEqual({ 1: 4n, 2: 9n });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('X-6 validators refuses not_jailed', () => {
    expect(new World([4n]).when(unjail)).toMatchObject({
      refused: 'not_jailed',
      message: `the validator of ${ownerOf(1)} is not jailed, it is active`,
    });
  });

  test('X-6 validators refuses jail_not_over', () => {
    const world = jailed();
    world.block([], [], 99n);
    expect(world.when(unjail).refused).toBe('jail_not_over');
  });

  test('is refused while the bond is below the least', () => {
    const world = jailed();
    world.unbond(1, 4n * hub);
    world.block([], [], 100n);
    expect(world.when(unjail).refused).toBe('bond_too_small');
  });
});
