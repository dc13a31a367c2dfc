import fc from 'fast-check';
import { Scenario, scenarioContext } from '../../_kernel/harness.ts';
import { defaultGenesis, exportState, importState } from '../genesis.ts';
import { trust } from '../module.ts';
import { founding, ownerOf, World } from './world.ts';

function imported(state: unknown): Scenario<typeof trust.tables, never, never, undefined> {
  const scenario = new Scenario(trust, { changes: { notBefore: () => undefined } });
  scenario.given(...importState(JSON.parse(JSON.stringify(state))));
  return scenario as never;
}

function lively(): World {
  const world = new World(7, [
    [1, 2],
    [2, 3],
    [4, 5],
    [5, 6],
  ]);
  world.scenario.when({ type: 'SetParameters', json: '{"noticeMs":"60000"}' });
  world.cut(5, 6);
  world.cancel(1, 2);
  world.sign(7, 1);
  world.sign(3, 7);
  world.scenario.when({
    type: 'UpdateCollective',
    signer: ownerOf(4),
    collective: 4n as never,
    name: 'Bäckerei "Nord"',
    owner: ownerOf(40),
    descriptionHash: new Uint8Array(32).fill(9),
  });
  return world;
}

test('the default is an empty state with parameters', () => {
  const scenario = imported(defaultGenesis);
  expect(exportState(scenario.view)).toEqual(defaultGenesis);
  expect(scenario.violations()).toEqual([]);
});

test('what is exported can be imported to the same bytes', () => {
  const world = lively();
  const state = exportState(world.scenario.view);
  const again = imported(state);
  expect(again.state.dump()).toBe(world.scenario.state.dump());
  expect(again.violations()).toEqual([]);
  expect(exportState(again.view)).toEqual(state);
});

test('the next component goes on where the exported chain stood', () => {
  const world = new World(2, [[1, 2]]);
  world.scenario.given({ type: 'ParametersSet', noticeMs: 1n as never });
  const again = imported(exportState(world.scenario.view));
  again.when(founding(3) as never);
  expect(Array.from(again.view.componentSizes.range(), ({ key }) => key[0])).toEqual([1n, 3n]);
});

test('any state survives export and import', () => {
  const act = fc.constantFrom('sign', 'withdraw', 'cancel', 'connect', 'cut') as fc.Arbitrary<
    'sign' | 'withdraw' | 'cancel' | 'connect' | 'cut'
  >;
  const id = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(act, id, id), { maxLength: 30 }), (history) => {
      const world = new World(6);
      world.scenario.given({ type: 'ParametersSet', noticeMs: 1000n as never });
      for (const [what, a, b] of history) {
        if (what === 'cut' && world.edge(a, b) !== 'strong') continue;
        world[what](a, b);
      }
      const again = imported(exportState(world.scenario.view));
      expect(again.state.dump()).toBe(world.scenario.state.dump());
    }),
    { numRuns: 300, seed: 7 },
  );
});

describe('a wrong document names the field', () => {
  type Document = {
    -readonly [K in keyof ReturnType<typeof exportState>]: ReturnType<typeof exportState>[K];
  };
  const cases: readonly (readonly [string, (state: Document) => unknown, string])[] = [
    [
      'an unknown field',
      (s) => ({ ...s, extra: 1 }),
      'app_state.trust: has an unknown field extra',
    ],
    [
      'a gap in the ids',
      (s) => ({ ...s, collectives: s.collectives.slice(1) }),
      'app_state.trust.collectives[0]: is collective 2 where 1 is due',
    ],
    [
      'a component against the edges',
      (s) => ({
        ...s,
        collectives: s.collectives.map((c, i) => (i === 1 ? { ...c, component: '4' } : c)),
      }),
      'app_state.trust: puts collective 2 into component 4 against its edges',
    ],
    [
      'one component for two parts',
      (s) => ({ ...s, edges: s.edges.filter(({ low }) => low !== '1') }),
      'app_state.trust: puts collective 2 into component 1 against its edges',
    ],
    [
      'a next component that is taken',
      (s) => ({ ...s, nextComponent: '5' }),
      'app_state.trust.nextComponent: is 5, not above every component',
    ],
    [
      'an edge of nobody',
      (s) => ({ ...s, edges: [{ low: '1', high: '99', establishedAtMs: '1' }] }),
      'app_state.trust.edges[0].high: is 99; there are collectives 1 to 7',
    ],
    [
      'an edge the wrong way round',
      (s) => ({ ...s, edges: [{ low: '2', high: '1', establishedAtMs: '1' }] }),
      'app_state.trust.edges[0]: has low 2 that is not below high 1',
    ],
    [
      'a cancellation by a stranger',
      (s) => ({
        ...s,
        edges: s.edges.map((e) =>
          e.cancellation === undefined ? e : { ...e, cancellation: { ...e.cancellation, by: '5' } },
        ),
      }),
      'app_state.trust.edges[0].cancellation: is by 5, no end of the edge 1-2',
    ],
    [
      'a signature beside an edge',
      (s) => ({ ...s, signatures: [{ from: '2', to: '1', signedAtMs: '1' }] }),
      'app_state.trust: has the pair 1-2 twice among signatures and edges',
    ],
    [
      'a signature for oneself',
      (s) => ({ ...s, signatures: [{ from: '2', to: '2', signedAtMs: '1' }] }),
      'app_state.trust.signatures[0]: has collective 2 on both sides',
    ],
    [
      'a hidden character',
      (s) => ({
        ...s,
        collectives: s.collectives.map((c, i) => (i === 0 ? { ...c, name: 'a\u0000' } : c)),
      }),
      'app_state.trust.collectives[0].name: holds the hidden character U+0000',
    ],
    [
      'another kind',
      (s) => ({ ...s, collectives: s.collectives.map((c) => ({ ...c, kind: 'firm' })) }),
      'app_state.trust.collectives[0].kind: is firm, none of loose, steady',
    ],
  ];

  test.each(cases)('%s', (_, spoil, message) => {
    const state = exportState(lively().scenario.view);
    expect(() => importState(spoil(state))).toThrow(message);
  });
});

test('genesis is read at any block time', () => {
  expect(trust.genesis.import(defaultGenesis, scenarioContext)).toEqual([
    { type: 'ParametersSet', noticeMs: 2_419_200_000n },
  ]);
});
