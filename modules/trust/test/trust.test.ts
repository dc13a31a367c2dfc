import { scenarioContext } from '../../_kernel/harness.ts';
import { timeMs } from '../../_kernel/units.ts';
import { Consumption, collectiveId, Kind } from '../types.ts';
import { facts, founding, ownerOf, World } from './world.ts';

const dayMs = 86_400_000n;

describe('founding', () => {
  test('a collective gets the next id and a component of its own', () => {
    const world = new World(2);
    expect(world.scenario.when(founding(3)).events).toEqual([
      {
        type: 'CollectiveFounded',
        collective: 3n,
        owner: ownerOf(3),
        name: 'collective 3',
        kind: Kind.STEADY,
        consumption: Consumption.C2C,
        descriptionHash: new Uint8Array(),
        component: 3n,
        foundedAtMs: scenarioContext.timeMs,
      },
    ]);
    expect(world.components()).toEqual([1, 2, 3]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('one account may own several collectives', () => {
    const world = new World(1);
    world.scenario.when(founding(1));
    expect(world.reads.collective(collectiveId(2n))?.owner).toBe(ownerOf(1));
    expect(world.scenario.violations()).toEqual([]);
  });
});

describe('updating', () => {
  const update = { type: 'UpdateCollective', signer: ownerOf(1), collective: collectiveId(1n) };

  test('changes the fields that are given and keeps the others', () => {
    const world = new World(1);
    const descriptionHash = new Uint8Array(32).fill(7);
    world.scenario.when({ ...update, type: 'UpdateCollective', name: 'bakery', descriptionHash });
    expect(world.reads.collective(collectiveId(1n))).toMatchObject({
      name: 'bakery',
      kind: Kind.STEADY,
      consumption: Consumption.C2C,
      descriptionHash,
      foundedAtMs: scenarioContext.timeMs,
    });
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a new owner is named by the present one, who then signs no more', () => {
    const world = new World(2);
    const handed = world.scenario.when({ ...update, type: 'UpdateCollective', owner: ownerOf(9) });
    expect(handed.events).toMatchObject([{ owner: ownerOf(9), previousOwner: ownerOf(1) }]);
    expect(world.sign(1, 2, 1).refused).toBe('not_the_owner');
    expect(world.sign(1, 2, 9).refused).toBeUndefined();
    expect(world.scenario.violations()).toEqual([]);
  });

  test('signatures and edges stay when the owner changes', () => {
    const world = new World(3, [[1, 2]]);
    world.sign(1, 3);
    world.scenario.when({ ...update, type: 'UpdateCollective', owner: ownerOf(9) });
    expect(world.edge(1, 2)).toBe('strong');
    expect(facts(world.sign(3, 1))).toContain('TrustEstablished');
  });
});

describe('strong trust', () => {
  test('2-P5 one signature makes no edge', () => {
    const world = new World(2);
    expect(facts(world.sign(1, 2))).toEqual(['TrustSigned']);
    expect(world.edge(1, 2)).toBe('none');
    expect(world.same(1, 2)).toBe(false);
    expect(world.scenario.violations()).toEqual([]);
  });

  test.each([
    [1, 2],
    [2, 1],
  ])('2-P5 mutual signature makes the edge, whoever signs first (%i, then %i)', (first, second) => {
    const world = new World(2);
    world.sign(first, second);
    world.sign(second, first);
    expect(world.edge(1, 2)).toBe('strong');
    expect(world.edge(2, 1)).toBe('strong');
    expect(world.same(1, 2)).toBe(true);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P5 a path is weak trust: enough for coupons, not for goods', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
    ]);
    expect(world.same(1, 3)).toBe(true);
    expect(world.edge(1, 3)).toBe('none');
  });

  test('2-P5 weak trust is reflexive and needs no edge of a collective with itself', () => {
    const world = new World(1);
    expect(world.same(1, 1)).toBe(true);
    expect(world.edge(1, 1)).toBe('none');
  });

  test('2-P5 nobody trusts a collective that does not exist, not even itself', () => {
    const world = new World(1);
    expect(world.same(1, 7)).toBe(false);
    expect(world.same(7, 7)).toBe(false);
    expect(world.edge(1, 7)).toBe('none');
  });

  test('a withdrawn signature leaves nothing, and both must sign anew', () => {
    const world = new World(2);
    const before = world.scenario.state.dump();
    world.sign(1, 2);
    expect(facts(world.withdraw(1, 2))).toEqual(['SignatureWithdrawn']);
    expect(world.scenario.state.dump()).toBe(before);
    expect(facts(world.sign(2, 1))).toEqual(['TrustSigned']);
    expect(world.edge(1, 2)).toBe('none');
  });
});

describe('cancelling', () => {
  test('one side announces the end; the notice begins', () => {
    const world = new World(2, [[1, 2]]);
    const endsAtMs = timeMs(scenarioContext.timeMs + 28n * dayMs);
    expect(world.cancel(2, 1)).toEqual({
      events: [
        {
          type: 'TrustCancelled',
          low: 1n,
          high: 2n,
          by: 2n,
          announcedAtMs: scenarioContext.timeMs,
          endsAtMs,
        },
      ],
      timers: [{ atMs: endsAtMs, command: { type: 'EndTrust', low: 1n, high: 2n } }],
    });
    expect(world.edge(1, 2)).toBe('cancelled');
  });

  test('weak trust lasts through the notice', () => {
    const world = new World(2, [[1, 2]]);
    world.cancel(1, 2);
    expect(world.same(1, 2)).toBe(true);
    world.end(1, 2);
    expect(world.edge(1, 2)).toBe('none');
    expect(world.same(1, 2)).toBe(false);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('2-P5 after the end both must sign anew', () => {
    const world = new World(2, [[1, 2]]);
    world.cut(1, 2);
    world.sign(1, 2);
    expect(world.edge(1, 2)).toBe('none');
    world.sign(2, 1);
    expect(world.edge(1, 2)).toBe('strong');
  });

  test('a timer that finds no notice that has run out does nothing', () => {
    const world = new World(2);
    const end = { type: 'EndTrust', low: collectiveId(1n), high: collectiveId(2n) } as const;
    expect(world.scenario.when(end)).toEqual({ events: [], timers: [] });
    world.connect(1, 2);
    expect(world.scenario.when(end)).toEqual({ events: [], timers: [] });
    const endsAtMs = world.cancel(1, 2).timers[0]?.atMs ?? 0n;
    world.scenario.at({ timeMs: timeMs(endsAtMs - 1n) });
    expect(world.scenario.when(end)).toEqual({ events: [], timers: [] });
    world.scenario.at({ timeMs: timeMs(endsAtMs) });
    expect(facts(world.scenario.when(end))).toContain('TrustEnded');
  });

  test('the notice is a parameter; a running one keeps its end', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
    ]);
    const before = world.cancel(1, 2).timers[0]?.atMs;
    world.scenario.when({ type: 'SetParameters', json: '{"noticeMs":"60000"}' });
    expect(world.cancel(2, 3).timers[0]?.atMs).toBe(scenarioContext.timeMs + 60_000n);
    const { view } = world.scenario;
    const edge = view.edges.get(collectiveId(1n), collectiveId(2n));
    expect(edge?.cancellation?.endsAtMs).toBe(before);
  });
});

describe('components', () => {
  test('the larger component remains; of equal ones, the elder', () => {
    const world = new World(5, [
      [4, 5],
      [1, 2],
    ]);
    expect(world.components()).toEqual([1, 1, 3, 4, 4]);
    world.connect(3, 4);
    expect(world.components()).toEqual([1, 1, 4, 4, 4]);
    world.connect(2, 3);
    expect(world.components()).toEqual([4, 4, 4, 4, 4]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('an edge inside a component joins nothing', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
    ]);
    expect(facts(world.connect(1, 3))).toEqual(['TrustSigned', 'TrustEstablished']);
  });

  test('a cut inside a circle splits nothing', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
      [1, 3],
    ]);
    expect(facts(world.cut(1, 2))).toEqual(['TrustEnded']);
    expect(world.same(1, 2)).toBe(true);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('a split moves the smaller side to a new component', () => {
    const world = new World(5, [
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    expect(world.cut(2, 3).events.at(-1)).toEqual({
      type: 'ComponentSplit',
      component: 1n,
      arising: 6n,
      moved: [1n, 2n],
    });
    expect(world.components()).toEqual([6, 6, 1, 1, 1]);
    expect(world.scenario.violations()).toEqual([]);
  });

  test('of two equal sides, that of the elder end stays', () => {
    const world = new World(4, [
      [3, 1],
      [1, 2],
      [2, 4],
    ]);
    expect(world.cut(2, 1).events.at(-1)).toMatchObject({ moved: [2n, 4n] });
  });

  test('a component id is never used twice', () => {
    const world = new World(2, [[1, 2]]);
    expect(world.components()).toEqual([1, 1]);
    world.cut(1, 2);
    expect(world.components()).toEqual([1, 3]);
    world.connect(1, 2);
    world.cut(1, 2);
    expect(world.components()).toEqual([1, 4]);
    world.scenario.when(founding(3));
    expect(world.components()).toEqual([1, 4, 5]);
  });

  test('nothing takes effect without the other edges of a split that is still announced', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
    ]);
    world.cancel(1, 2);
    world.cancel(2, 3);
    expect(world.same(1, 3)).toBe(true);
    world.end(2, 3);
    expect(world.components()).toEqual([1, 1, 4]);
    world.end(1, 2);
    expect(world.components()).toEqual([1, 5, 4]);
    expect(world.scenario.violations()).toEqual([]);
  });
});

/** After each fact the host runs its reactors, before it writes the next one (README). */
describe('the hook before components change', () => {
  test('a join is announced while both components are still whole', () => {
    const world = new World(4, [
      [1, 2],
      [3, 4],
    ]);
    world.sign(2, 3);
    const decision = world.scenario.decide({
      type: 'SignTrust',
      signer: ownerOf(3),
      from: collectiveId(3n),
      to: collectiveId(2n),
    });
    const events = decision.ok ? decision.events : [];
    expect(events.map(({ type }) => type)).toEqual([
      'TrustSigned',
      'ComponentsJoining',
      'TrustEstablished',
      'ComponentsJoined',
    ]);
    const seen = events.map((event) => {
      world.scenario.given(event);
      return { edge: world.edge(2, 3), components: world.components() };
    });
    expect(seen).toEqual([
      { edge: 'none', components: [1, 1, 3, 3] },
      { edge: 'none', components: [1, 1, 3, 3] },
      { edge: 'strong', components: [1, 1, 3, 3] },
      { edge: 'strong', components: [1, 1, 1, 1] },
    ]);
    expect(events[1]).toEqual({
      type: 'ComponentsJoining',
      remaining: 1n,
      ending: 3n,
      low: 2n,
      high: 3n,
    });
  });

  test('a split is announced while the component is still whole', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
    ]);
    world.scenario.when({ type: 'SetParameters', json: '{"noticeMs":"0"}' });
    world.cancel(2, 3);
    const decision = world.scenario.decide({
      type: 'EndTrust',
      low: collectiveId(2n),
      high: collectiveId(3n),
    });
    const events = decision.ok ? decision.events : [];
    const seen = events.map((event) => {
      world.scenario.given(event);
      return [event.type, world.edge(2, 3), world.components()];
    });
    expect(seen).toEqual([
      ['ComponentSplitting', 'cancelled', [1, 1, 1]],
      ['TrustEnded', 'none', [1, 1, 1]],
      ['ComponentSplit', 'none', [1, 1, 4]],
    ]);
    expect(events[0]).toEqual({
      type: 'ComponentSplitting',
      component: 1n,
      arising: 4n,
      low: 2n,
      high: 3n,
    });
  });
});

describe('a cut that has to wait', () => {
  test('2-N2 is put off to the time that the port says, and only where it splits', () => {
    const world = new World(3, [
      [1, 2],
      [2, 3],
      [1, 3],
    ]);
    const later = timeMs(1_900_000_000_000n);
    world.graceUntil = later;
    world.cancel(1, 2);
    expect(world.end(1, 2).events.map(({ type }) => type)).toEqual(['TrustEnded']);
    world.cancel(2, 3);
    const waiting = world.end(2, 3);
    expect(waiting.events).toEqual([]);
    expect(waiting.timers).toEqual([
      { atMs: later, command: { type: 'EndTrust', low: 2n, high: 3n } },
    ]);
    expect(world.reads.edgeState(collectiveId(2n), collectiveId(3n))).toBe('cancelled');
    world.graceUntil = undefined;
    expect(world.end(2, 3).events.map(({ type }) => type)).toEqual([
      'ComponentSplitting',
      'TrustEnded',
      'ComponentSplit',
    ]);
  });
});
