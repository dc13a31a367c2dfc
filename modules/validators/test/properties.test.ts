import fc from 'fast-check';
import { Scenario } from '../../_kernel/harness.ts';
import { exportState, importState } from '../genesis.ts';
import { validators } from '../module.ts';
import { strongest } from '../power.ts';
import { feeCollector, type Misbehavior, type ValidatorsPorts } from '../types.ts';
import { duplicateVote, hub, ownerOf, powersOf, registration, World } from './world.ts';

const who = fc.integer({ min: 1, max: 7 });
const hubs = fc.integer({ min: 1, max: 4 }).map((whole) => BigInt(whole) * hub);

/** Offences are rare, or nobody would be left to do anything else. */
const offenders = fc.oneof(
  { weight: 9, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(who, { maxLength: 2 }) },
);

interface Act {
  readonly do: 'register' | 'bond' | 'unbond' | 'unjail' | 'propose' | 'vote' | 'fees';
  readonly who: number;
  readonly amount: bigint;
}

interface Block {
  readonly do: 'block';
  readonly absent: readonly number[];
  readonly offenders: readonly number[];
  readonly backBlocks: bigint;
}

type Step = Act | Block;

const done = (name: Act['do']): fc.Arbitrary<Step> =>
  fc.record({ do: fc.constant(name), who, amount: hubs });

const step: fc.Arbitrary<Step> = fc.oneof(
  done('register'),
  done('bond'),
  done('unbond'),
  done('unjail'),
  done('propose'),
  { weight: 4, arbitrary: done('vote') },
  done('fees'),
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('block' as const),
      absent: fc.array(who, { maxLength: 3 }),
      offenders,
      backBlocks: fc.bigInt({ min: 0n, max: 9n }),
    }),
  },
);

function take(world: World, taken: Step): void {
  if (taken.do === 'block') {
    const at = world.scenario.context.height - taken.backBlocks;
    const reports = taken.offenders.map((offender) => duplicateVote(offender, at));
    world.block(taken.absent, reports, 100n);
    return;
  }
  const { who: n, amount } = taken;
  if (taken.do === 'register') world.when(registration(n, amount));
  if (taken.do === 'bond') world.bond(n, amount);
  if (taken.do === 'unbond') world.unbond(n, amount);
  if (taken.do === 'unjail') world.when({ type: 'Unjail', owner: ownerOf(n) });
  if (taken.do === 'propose') world.propose(n, '{"maxValidators":"3"}');
  if (taken.do === 'vote') world.vote(n, amount / hub, n !== 3);
  if (taken.do === 'fees') {
    world.balances.set(feeCollector, (world.balances.get(feeCollector) ?? 0n) + amount);
  }
}

function begun(): World {
  return new World([3n, 2n, 2n, 1n], {
    unbondingMs: '500',
    votingMs: '600',
    maxMissedBlocks: '1',
    maxValidators: '4',
    feePeriodBlocks: '3',
  });
}

function played(steps: readonly Step[]): World {
  const world = begun();
  for (const taken of steps) take(world, taken);
  return world;
}

const steps = fc.array(step, { minLength: 20, maxLength: 60 });
const runs = { numRuns: 40 };

test('X-2 the bond pool holds what is owed, whatever validators do', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = begun();
      for (const each of taken) {
        take(world, each);
        expect(world.scenario.violations()).toEqual([]);
      }
    }),
    runs,
  );
});

test('consensus knows the strongest: one update a key, in order, never an empty set', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = played(taken);
      world.block();
      const members = strongest(world.view);
      const due = members.map(({ pubKey, power }) => [Buffer.from(pubKey).toString('hex'), power]);
      expect(new Map(due as [string, bigint][])).toEqual(world.consensus);
      const told = Array.from(world.view.told.range(), ({ key, value }) => [
        Buffer.from(key[0]).toString('hex'),
        value,
      ]);
      expect(new Map(told as [string, bigint][])).toEqual(world.consensus);
      expect(world.consensus.size).toBeGreaterThan(0);
    }),
    runs,
  );
});

test('evidence that was punished changes nothing when it is reported again', () => {
  fc.assert(
    fc.property(steps, fc.array(who, { minLength: 1, maxLength: 4 }), (taken, reported) => {
      const world = played(taken);
      const reports: Misbehavior[] = reported.map((offender) => duplicateVote(offender));
      world.begin([], reports);
      const state = world.scenario.state.dump();
      expect(world.begin([], reports).events).toEqual([]);
      expect(world.begin([], reports.toReversed()).events).toEqual([]);
      expect(world.scenario.state.dump()).toBe(state);
    }),
    runs,
  );
});

test('a removed validator never has power again', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = begun();
      const gone = new Set<number>();
      for (const each of taken) {
        take(world, each);
        for (let n = 1; n <= 7; n += 1) if (world.validator(n)?.stage === 'removed') gone.add(n);
        for (const n of gone) expect(world.validator(n)?.stage).toBe('removed');
      }
      world.block();
      for (const n of gone) expect(powersOf(world)[n]).toBeUndefined();
    }),
    runs,
  );
});

test('when nobody does anything, blocks come to say nothing', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = played(taken);
      for (let block = 0; block < 40; block += 1) world.block([], [], 100n);
      const state = world.scenario.state.dump();
      for (let block = 0; block < 20; block += 1) expect(world.block([], [], 100n)).toEqual([]);
      expect(world.scenario.state.dump()).toBe(state);
    }),
    runs,
  );
});

test('after any blocks, the export imports to the same bytes', () => {
  const ports: ValidatorsPorts = {
    balanceUhub: () => 0n as never,
    problemWithParameters: () => undefined,
  };
  fc.assert(
    fc.property(steps, (taken) => {
      const world = played(taken);
      world.block();
      const state: unknown = JSON.parse(JSON.stringify(exportState(world.view)));
      const again = new Scenario(validators, ports).given(...importState(state));
      expect(again.state.dump()).toBe(world.scenario.state.dump());
    }),
    runs,
  );
});

test('the play reaches what it should: removals, jails, votes that pass, fees', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(steps, (taken) => {
      const world = begun();
      const { when } = world;
      world.when = (command) => {
        const outcome = when.call(world, command);
        for (const { type } of outcome.events) seen.add(type);
        return outcome;
      };
      for (const each of taken) take(world, each);
    }),
    { seed: 1, numRuns: 60 },
  );
  expect(Array.from(seen).sort()).toEqual(
    [
      'BlockMissed',
      'BondCut',
      'Bonded',
      'ChangeFailed',
      'ChangePassed',
      'ChangeProposed',
      'ChangeVoted',
      'FeesDistributed',
      'LastValidatorKept',
      'UnbondingBegun',
      'UnbondingFinished',
      'ValidatorJailed',
      'ValidatorRegistered',
      'ValidatorRemoved',
      'ValidatorSetChanged',
      'ValidatorUnjailed',
    ].sort(),
  );
});
