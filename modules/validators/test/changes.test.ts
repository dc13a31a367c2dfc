import { ownerOf, powersOf, World } from './world.ts';

const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const json = '{"maxValidators":"9"}';

/** Powers 3, 3, 3: two of three are not more than two thirds. */
function given(changed: object = {}): World {
  return new World([3n, 3n, 3n], changed);
}

describe('proposing', () => {
  test('a change is open until the voting time is over', () => {
    const world = given();
    const closesMs = world.nowMs + 1000n;
    const outcome = world.propose(1, json);
    expect(outcome.events).toEqual([
      {
        type: 'ChangeProposed',
        change: 1n,
        proposer: ownerOf(1),
        summary: 'why',
        closesMs,
        parameters: { module: 'trust', json },
        upgrade: undefined,
      },
    ]);
    expect(outcome.timers).toEqual([
      { atMs: closesMs, command: { type: 'CloseChange', change: 1n } },
    ]);
    expect(world.propose(2, json).events[0]).toMatchObject({ change: 2n });
  });

  test('X-6 validators refuses not_a_validator', () => {
    const world = given();
    expect(world.propose(4, json).refused).toBe('not_a_validator');
    world.propose(1, json);
    expect(world.vote(4, 1n).refused).toBe('not_a_validator');
    for (let missed = 0; missed < 4; missed += 1) world.block([2]);
    expect(world.vote(2, 1n).refused).toBe('not_a_validator');
  });

  test('X-6 validators refuses change_open', () => {
    const world = given();
    world.propose(1, json);
    expect(world.propose(1, json).refused).toBe('change_open');
    world.block([], [], 1000n);
    expect(world.propose(1, json).refused).toBeUndefined();
  });

  test('X-6 validators refuses malformed_change', () => {
    const world = given();
    world.parametersProblem = 'module trust has no parameters';
    expect(world.propose(1, json)).toMatchObject({
      refused: 'malformed_change',
      message: 'module trust has no parameters',
    });
    world.parametersProblem = undefined;
    expect(world.propose(1, '{').message).toContain('trust: is not JSON');
    expect(world.propose(1, '{"unbondingMs":"499"}', 'validators').message).toContain(
      'unbondingMs 499 is below the evidence age 500',
    );
    expect(world.propose(1, '{"evidenceAgeMs":"1"}', 'validators').message).toContain(
      'evidenceAgeMs is set by genesis for good',
    );
  });

  test('X-6 validators refuses upgrade_too_early', () => {
    const world = given();
    expect(world.proposeUpgrade(1, 10n)).toMatchObject({
      refused: 'upgrade_too_early',
      message: 'the upgrade at height 10 is not after this height, 10',
    });
    expect(world.proposeUpgrade(1, 11n).refused).toBeUndefined();
  });

  test('the guards stand in order: power, an open change, the content', () => {
    const world = given();
    expect(world.propose(4, '{').refused).toBe('not_a_validator');
    world.propose(1, json);
    expect(world.propose(1, '{').refused).toBe('change_open');
  });
});

describe('voting', () => {
  test('two thirds of the power are not enough, more are', () => {
    const world = given();
    world.propose(1, json);
    expect(types(world.vote(1, 1n).events)).toEqual(['ChangeVoted']);
    expect(types(world.vote(2, 1n).events)).toEqual(['ChangeVoted']);
    expect(world.vote(3, 1n).events).toEqual([
      { type: 'ChangeVoted', change: 1n, voter: ownerOf(3), yes: true },
      {
        type: 'ChangePassed',
        change: 1n,
        yesPower: 9n,
        totalPower: 9n,
        module: 'trust',
        json,
      },
    ]);
    expect(world.view.changes.get(1n)).toMatchObject({ outcome: 'passed', yesPower: 9n });
    expect(Array.from(world.view.votes.range())).toEqual([]);
    expect(world.block([], [], 1000n)).toEqual([]);
  });

  test('a vote can be changed while the change is open', () => {
    const world = given();
    world.propose(1, json);
    world.vote(1, 1n);
    world.vote(2, 1n);
    world.vote(2, 1n, false);
    expect(types(world.vote(3, 1n).events)).toEqual(['ChangeVoted']);
    expect(types(world.vote(2, 1n).events)).toEqual(['ChangeVoted', 'ChangePassed']);
  });

  test('the power that counts is that of the moment', () => {
    const world = given();
    world.propose(1, json);
    world.vote(1, 1n);
    world.vote(2, 1n);
    for (let missed = 0; missed < 4; missed += 1) world.block([3]);
    expect(powersOf(world)).toEqual({ 1: 3n, 2: 3n });
    expect(world.block([], [], 1000n)).toEqual([
      expect.objectContaining({ type: 'ChangePassed', yesPower: 6n, totalPower: 6n }),
    ]);
  });

  test('without enough votes a change fails when time is up', () => {
    const world = given();
    world.propose(1, json);
    world.vote(1, 1n);
    expect(world.block([], [], 1000n)).toEqual([
      { type: 'ChangeFailed', change: 1n, yesPower: 3n, totalPower: 9n, reason: 'time is up' },
    ]);
    expect(world.view.changes.get(1n)).toMatchObject({ outcome: 'failed' });
  });

  test('X-6 validators refuses unknown_change', () => {
    expect(given().vote(1, 1n).refused).toBe('unknown_change');
  });

  test('X-6 validators refuses change_closed', () => {
    const world = given();
    world.propose(1, json);
    world.block([], [], 1000n);
    expect(world.vote(1, 1n)).toMatchObject({
      refused: 'change_closed',
      message: 'change 1 is closed: it has failed',
    });
  });

  test('X-6 validators refuses vote_unchanged', () => {
    const world = given();
    world.propose(1, json);
    world.vote(1, 1n, false);
    expect(world.vote(1, 1n, false)).toMatchObject({
      refused: 'vote_unchanged',
      message: 'the vote on change 1 is no already',
    });
  });
});

describe('what a passed change does', () => {
  function passed(world: World) {
    world.vote(1, 1n);
    world.vote(2, 1n);
    return world.vote(3, 1n).events;
  }

  test('an upgrade is planned', () => {
    const world = given();
    world.proposeUpgrade(1, 50n);
    expect(passed(world).slice(1)).toEqual([
      { type: 'ChangePassed', change: 1n, yesPower: 9n, totalPower: 9n, module: '', json: '' },
      { type: 'UpgradePlanned', change: 1n, height: 50n, appVersion: 2n },
    ]);
    expect(world.view.plannedUpgrade.get()).toEqual({ change: 1n, height: 50n, appVersion: 2n });
  });

  test('an upgrade whose height is over fails', () => {
    const world = given();
    world.proposeUpgrade(1, 11n);
    world.block();
    expect(passed(world).at(-1)).toMatchObject({
      type: 'ChangeFailed',
      reason: 'height 11 is over',
    });
  });

  test('parameters that no longer fit fail', () => {
    const world = given();
    world.propose(1, '{"maxMissedBlocks":"9"}', 'validators');
    world.when({ type: 'SetParameters', json: '{"missWindowBlocks":"9"}' });
    expect(passed(world).at(-1)).toMatchObject({
      type: 'ChangeFailed',
      reason: expect.stringContaining('maxMissedBlocks 9 is not below missWindowBlocks 9'),
    });
  });

  test('parameters of this module are set in part', () => {
    const world = given();
    const before = world.view.parameters.get();
    world.when({ type: 'SetParameters', json });
    expect(world.view.parameters.get()).toEqual({ ...before, maxValidators: 9n });
  });

  test('a smaller set takes effect at the end of the block', () => {
    const world = given();
    world.when({ type: 'SetParameters', json: '{"maxValidators":"1"}' });
    world.block();
    expect(Object.keys(powersOf(world))).toHaveLength(1);
  });

  test('X-6 validators refuses malformed_parameters', () => {
    const refused = (text: string) => given().when({ type: 'SetParameters', json: text });
    expect(refused('[]').refused).toBe('malformed_parameters');
    expect(refused('{"jailMs":1}').message).toContain('validators.jailMs: is not a uint64');
    expect(refused('{"maxValidators":"0"}').message).toContain('is 0, below 1');
    expect(refused('{"duplicateVoteCutPpm":"1000001"}').message).toContain('above 1000000');
    expect(refused('{"colour":"1"}').message).toContain('unknown field colour');
  });
});
