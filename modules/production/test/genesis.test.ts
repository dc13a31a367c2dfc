import fc from 'fast-check';
import { Scenario } from '../../_kernel/harness.ts';
import { defaultGenesis, exportState, importState } from '../genesis.ts';
import { production } from '../module.ts';
import { defaultParameters } from '../parameters.ts';
import { lively, play, step } from './history.ts';
import { World } from './world.ts';

function imported(state: unknown): Scenario<typeof production.tables, never, never, undefined> {
  const scenario = new Scenario(production, undefined as never);
  scenario.given(...importState(JSON.parse(JSON.stringify(state))));
  return scenario as never;
}

test('the default is an empty state with parameters', () => {
  expect(exportState(imported(defaultGenesis).view)).toEqual(defaultGenesis);
});

test('any state survives export and import, to the same bytes', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 100, size: 'max' }), (history) => {
      const world = lively();
      for (const one of history) play(world, one);
      const params = { ...defaultParameters, countersign: true };
      world.scenario.given({ type: 'ParametersSet', params });
      const state = exportState(world.scenario.view);
      const again = imported(state);
      expect(again.state.dump()).toBe(world.scenario.state.dump());
      expect(exportState(again.view)).toEqual(state);
      expect(again.violations()).toEqual([]);
    }),
    { numRuns: 12, seed: 11, endOnFailure: true },
  );
});

describe('a wrong document names the field', () => {
  const world = new World();
  world.stock(7n);
  const right = exportState(world.scenario.view) as unknown as {
    readonly lots: readonly object[];
  };
  const [lot] = right.lots;

  test.each<[string, unknown, string]>([
    ['an unknown field', { ...right, extra: 1 }, ': has an unknown field extra'],
    [
      'an unknown field of a record',
      { ...right, lots: [{ ...lot, colour: 'red' }] },
      '.lots[0].colour: is "red", which no record has',
    ],
    [
      'a number that is none',
      { ...right, lots: [{ ...lot, quantity: '7 g' }] },
      '.lots[0]: is no record: Cannot convert 7 g to a BigInt',
    ],
    [
      'a default that is written',
      { ...right, lots: [{ ...lot, valueMs: '0' }] },
      '.lots[0].valueMs: is "0", which no record has',
    ],
    [
      'a lot of quantity 0',
      { ...right, lots: [{ ...lot, quantity: undefined }] },
      ': does not hold "owners and their lots say the same": lot 1 has the quantity 0',
    ],
    [
      'a fraction without denominator',
      { ...right, parameters: { deviationWarnDen: '0' } },
      '.parameters: has deviationWarnDen 0',
    ],
  ])('%s', (_, state, message) => {
    expect(() => imported(state)).toThrow(`app_state.production${message}`);
  });
});

test.each([
  ['{"voteLimit":"1"}', 'production: has an unknown field voteLimit'],
  ['{"voteLimitMs":1}', 'production.voteLimitMs: is not a uint64 as decimal text: 1'],
  [
    '{"handOverPeriodMs":"99999999999"}',
    'production: has handOverPeriodMs 99999999999, above 31622400000',
  ],
])('X-6 production refuses the parameters %s', (json, problem) => {
  const world = new World();
  const { refused, message } = world.scenario.when({ type: 'SetParameters', json });
  expect([refused, message]).toEqual([
    'malformed_parameters',
    `the parameters can't be taken: ${problem}`,
  ]);
});
