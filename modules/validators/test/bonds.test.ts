import { uhub } from '../../_kernel/units.ts';
import { consensusAddress } from '../power.ts';
import { feeCollector, largestTotalBond } from '../types.ts';
import { duplicateVote, hub, keyOf, ownerOf, powersOf, registration, World } from './world.ts';

/** The neutral point, followed by zeros. */
const neutral = (length: number) => Uint8Array.from({ length }, (_, at) => (at === 0 ? 1 : 0));

const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

describe('registering', () => {
  test('a validator that registers bonds and has power at the end of the block', () => {
    const world = new World([4n]);
    const outcome = world.when(registration(2, 3n * hub));
    expect(outcome.events).toEqual([
      {
        type: 'ValidatorRegistered',
        owner: ownerOf(2),
        consensusAddress: consensusAddress(keyOf(2)),
        pubKey: keyOf(2),
      },
      { type: 'Bonded', owner: ownerOf(2), amountUhub: 3n * hub },
    ]);
    expect(world.end().events).toEqual([
      { type: 'ValidatorSetChanged', updates: [{ pubKey: keyOf(2), power: 3n }] },
    ]);
    expect(world.end().events).toEqual([]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('X-6 validators refuses already_registered', () => {
    const world = new World([4n]);
    expect(world.when(registration(1, hub, 2))).toMatchObject({
      refused: 'already_registered',
      message: `${ownerOf(1)} has a validator already; it is active`,
    });
  });

  test('a removed owner does not return with another key', () => {
    const world = new World([4n, 4n]);
    world.block([], [duplicateVote(1)]);
    expect(world.when(registration(1, hub, 3))).toMatchObject({
      refused: 'already_registered',
      message: expect.stringContaining('it is removed'),
    });
  });

  test('X-6 validators refuses key_used', () => {
    const world = new World([4n]);
    expect(world.when(registration(2, hub, 1))).toMatchObject({
      refused: 'key_used',
      message: expect.stringContaining(`belongs to the validator of ${ownerOf(1)}`),
    });
  });

  test('a removed key never returns', () => {
    const world = new World([4n, 4n]);
    world.block([], [duplicateVote(1)]);
    expect(world.when(registration(5, hub, 1)).refused).toBe('key_used');
  });

  test.each([
    ['of another key', { ...registration(2, hub), proof: registration(2, hub, 3).proof }],
    ['for another owner', { ...registration(2, hub), proof: registration(3, hub, 2).proof }],
    ['for another chain', registration(2, hub, 2, 'artel-other-1')],
    ['of nonsense', { ...registration(2, hub), proof: new Uint8Array(64).fill(255) }],
    [
      'by a key that is no point',
      { ...registration(2, hub), pubKey: new Uint8Array(32).fill(255) },
    ],
    [
      'by a key of small order, for which one signature fits every message',
      { ...registration(2, hub), pubKey: neutral(32), proof: neutral(64) },
    ],
  ])('X-6 validators refuses bad_proof: a proof %s', (_title, command) => {
    expect(new World([4n]).when(command).refused).toBe('bad_proof');
  });

  test('X-6 validators refuses bond_too_small', () => {
    expect(new World([4n]).when(registration(2, hub - 1n))).toMatchObject({
      refused: 'bond_too_small',
      message: 'a bond of 999999uhub is below the least, 1000000uhub',
    });
  });

  test('X-6 validators refuses too_much_bonded: all bonds stay within MaxInt64 / 8', () => {
    const world = new World([4n]);
    const rest = largestTotalBond - 4n * hub;
    expect(world.when(registration(2, rest + 1n)).refused).toBe('too_much_bonded');
    expect(world.bond(1, rest + 1n).refused).toBe('too_much_bonded');
    expect(world.bond(1, rest).refused).toBeUndefined();
    expect(world.scenario.violations()).toEqual([]);
  });
});

describe('bonding', () => {
  test('power is whole hub of the bond, rounded down', () => {
    const world = new World([4n]);
    world.bond(1, hub - 1n);
    expect(world.end().events).toEqual([]);
    world.bond(1, 1n);
    expect(types(world.end().events)).toEqual(['ValidatorSetChanged']);
    expect(powersOf(world)).toEqual({ 1: 5n });
  });

  test('X-6 validators refuses unknown_validator', () => {
    const world = new World([4n]);
    expect(world.bond(2, hub).refused).toBe('unknown_validator');
    expect(world.unbond(2, hub).refused).toBe('unknown_validator');
    expect(world.when({ type: 'Unjail', owner: ownerOf(2) }).refused).toBe('unknown_validator');
  });

  test('X-6 validators refuses validator_removed', () => {
    const world = new World([4n, 4n]);
    world.block([], [duplicateVote(1)]);
    expect(world.bond(1, hub).refused).toBe('validator_removed');
    expect(world.unbond(1, hub).refused).toBe('validator_removed');
  });

  test('a validator that left with all its bond comes back by bonding at least the least', () => {
    const world = new World([4n, 4n]);
    world.unbond(1, 4n * hub);
    world.block();
    expect(powersOf(world)).toEqual({ 2: 4n });
    expect(world.bond(1, hub - 1n).refused).toBe('bond_too_small');
    world.bond(1, hub);
    world.block();
    expect(powersOf(world)).toEqual({ 1: 1n, 2: 4n });
  });

  test('only the strongest take part where there are more than the parameters allow', () => {
    const world = new World([1n, 2n, 3n], { maxValidators: '2' });
    expect(powersOf(world)).toEqual({ 2: 2n, 3: 3n });
    world.bond(1, 2n * hub);
    world.end();
    expect(Object.values(powersOf(world))).toEqual([3n, 3n]);
    expect(powersOf(world)[2]).toBeUndefined();
  });
});

describe('unbonding', () => {
  test('bond comes back after the unbonding time, by a timer', () => {
    const world = new World([4n, 4n]);
    const begunMs = world.nowMs;
    const outcome = world.unbond(1, hub);
    expect(outcome.events).toEqual([
      {
        type: 'UnbondingBegun',
        owner: ownerOf(1),
        id: 1n,
        amountUhub: hub,
        begunHeight: 10n,
        begunMs,
        dueMs: begunMs + 1000n,
      },
    ]);
    expect(outcome.timers).toEqual([
      { atMs: begunMs + 1000n, command: { type: 'FinishUnbonding', owner: ownerOf(1), id: 1n } },
    ]);
    expect(types(world.block([], [], 999n))).toEqual(['ValidatorSetChanged']);
    expect(world.block([], [], 1n)).toEqual([
      { type: 'UnbondingFinished', owner: ownerOf(1), id: 1n, amountUhub: hub },
    ]);
    expect(world.balances.get(ownerOf(1))).toBe(hub);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('X-6 validators refuses exceeds_bond', () => {
    expect(new World([4n, 4n]).unbond(1, 4n * hub + 1n)).toMatchObject({
      refused: 'exceeds_bond',
      message: '4000001uhub is more than the bond, 4000000uhub',
    });
  });

  test('a rest below the least bond is refused, a rest of nothing is not', () => {
    const world = new World([4n, 4n]);
    expect(world.unbond(1, 3n * hub + 1n).refused).toBe('bond_too_small');
    expect(world.unbond(1, 4n * hub).refused).toBeUndefined();
  });

  test('X-6 validators refuses last_validator', () => {
    const world = new World([4n, 4n]);
    world.unbond(2, 4n * hub);
    expect(world.unbond(1, 4n * hub).refused).toBe('last_validator');
    expect(world.unbond(1, 3n * hub).refused).toBeUndefined();
  });

  test('X-6 validators refuses too_many_unbondings', () => {
    const world = new World([9n, 4n]);
    world.unbond(1, hub);
    world.unbond(1, hub);
    expect(world.unbond(1, hub)).toMatchObject({
      refused: 'too_many_unbondings',
      message: '2 unbondings are open, 2 are allowed',
    });
    world.block([], [], 1000n);
    expect(world.unbond(1, hub).refused).toBeUndefined();
  });

  test('the guards stand in order: the bond, the rest, the last one, the count', () => {
    const world = new World([9n]);
    world.unbond(1, hub);
    world.unbond(1, hub);
    const refusedOf = (amount: bigint) => world.unbond(1, amount).refused;
    expect(refusedOf(8n * hub)).toBe('exceeds_bond');
    expect(refusedOf(7n * hub - 1n)).toBe('bond_too_small');
    expect(refusedOf(7n * hub)).toBe('last_validator');
    expect(refusedOf(hub)).toBe('too_many_unbondings');
  });
});

describe('fees', () => {
  test('fees are paid by power every period, the remainder is carried', () => {
    const world = new World([1n, 2n]);
    world.balances.set(feeCollector, 100n);
    expect(world.end().events).toEqual([
      {
        type: 'FeesDistributed',
        payouts: [
          { owner: ownerOf(2), amountUhub: uhub(66n) },
          { owner: ownerOf(1), amountUhub: uhub(33n) },
        ],
        carriedUhub: 1n,
      },
    ]);
    expect(world.balances.get(feeCollector)).toBe(1n);
    expect(world.end().events).toEqual([]);
  });

  test('between the periods nothing is paid', () => {
    const world = new World([1n, 2n]);
    world.block();
    world.balances.set(feeCollector, 100n);
    for (let height = 12; height < 20; height += 1) expect(world.block()).toEqual([]);
    expect(types(world.block())).toEqual(['FeesDistributed']);
  });
});
