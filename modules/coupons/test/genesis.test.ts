/** Genesis: what goes out comes in again as the same state; what can't be taken is named. */
import { Scenario } from '../../_kernel/harness.ts';
import { GenesisProblem } from '../../_kernel/module.ts';
import { defaultGenesis, exportState, importState } from '../genesis.ts';
import { coupons } from '../module.ts';
import { componentId, DebtCause } from '../types.ts';
import { account, dayMs, january, newYearMs, World } from './world.ts';

function begun(components: readonly (readonly number[])[], stores: readonly number[] = []): World {
  const world = new World(components, stores).at(newYearMs + 5n);
  world.scenario.given(...importState(defaultGenesis));
  return world;
}

/** A world with something in each table. */
function full(): World {
  const world = begun([[1, 2], [3]], [2]);
  world.setParameters({ expirySegments: '2', wMaxDen: '20' });
  const first = world.work(1, 7, 100n);
  world.work(1, 8, 50n);
  world.work(3, 9, 30n);
  world.work(1, 7, 70n, january + 1n);
  world.revise(1);
  world.revise(1);
  world.revise(3);
  world.claimed([first], 1n);
  world.claimed([4n], 2n);
  world.appropriate(7, 2, 20n, 1);
  world.appropriate(7, 2, 5n, 2);
  world.revise(1);
  world.afterGrace(january + 2n);
  world.finalise(componentId(2n));
  world.join(3, 1);
  world.setGuardians(7, [11, 12, 13], 2);
  for (const guardian of [11, 12]) world.approve(guardian, 7, 20);
  world.approve(13, 7, 21);
  world.setGuardians(8, [11], 1, 8);
  world.setParameters({ segmentLengthMs: String(dayMs), graceMs: '0' });
  return world;
}

function reborn(world: World): Scenario<typeof coupons.tables, never, never, never> {
  const json = JSON.parse(JSON.stringify(exportState(world.scenario.view)));
  const scenario = new Scenario(coupons, world.ports);
  return scenario.given(...importState(json)) as never;
}

test('a state that was exported is imported as the very same one', () => {
  const world = full();
  const { view } = world.scenario;
  for (const [name, table] of Object.entries(view)) {
    const rows = Array.from((table as { range(): Iterable<unknown> }).range());
    expect([name, rows.length > 0]).toEqual([name, true]);
  }
  expect(reborn(world).state.dump()).toBe(world.scenario.state.dump());
});

test('coupons that expired stay expired, and those that can expire do so later', () => {
  const world = begun([[1]]);
  world.setParameters({ expirySegments: '1' });
  for (const month of [0n, 1n, 2n]) world.work(1, 7, 100n, january + month);
  for (let month = 0; month < 3; month += 1) world.revise(1);
  const again = reborn(world);
  expect(again.state.dump()).toBe(world.scenario.state.dump());
  expect(Array.from(again.view.shares.range(), ({ value }) => value.expired)).toEqual([
    false,
    true,
    false,
  ]);
  expect(again.violations()).toEqual([]);
});

test('a chain begins with segments of a fixed length where its genesis says so', () => {
  const parameters = { segmentLengthMs: String(dayMs), graceMs: '0' };
  const events = importState({ parameters: [{ fromSegment: '0', parameters }] });
  expect(events).toMatchObject([
    { type: 'ParametersSet', fromSegment: 0n, era: { firstSegment: 0n, startMs: 0n } },
  ]);
});

const wallet = account(7);
test.each([
  ['a field that nobody reads', { ...defaultGenesis, debts: [] }, 'has an unknown field debts'],
  ['no parameters', {}, 'has no field parameters'],
  [
    'parameters that begin late',
    { parameters: [{ fromSegment: '5', parameters: {} }] },
    'parameters[0]: is the first, and not from segment 0 on',
  ],
  [
    'an address that is none',
    { ...defaultGenesis, BalanceCarried: [{ wallet: 'artel1x', origin: '1', amountMs: '5' }] },
    'BalanceCarried[0].wallet: is no address',
  ],
  [
    'a nonce of another length',
    {
      ...defaultGenesis,
      ReceiptCarried: [{ store: '1', nonce: 'AAAA', amountMs: '1', appropriatedAtMs: '1' }],
    },
    'nonce: has 3 bytes, not 32',
  ],
  [
    'a field of a fact that nobody reads',
    { ...defaultGenesis, BalanceCarried: [{ wallet, origin: '1', amountMs: '5', note: 'x' }] },
    'BalanceCarried[0].note: is "x", which no record has',
  ],
])('%s is refused by its path', (_, state, says) => {
  expect(() => importState(state)).toThrow(GenesisProblem);
  expect(() => importState(state)).toThrow(says);
});

test('books that do not balance are an invariant that genesis does not pass', () => {
  const world = new World([[1]]);
  const balance = { wallet, origin: '1', amountMs: '5' };
  const debt = { component: '1', debtMs: '5', nextSegment: '672', cause: 'DEBT_CAUSE_CARRIED' };
  const begin = (state: object) => {
    const scenario = new Scenario(coupons, world.ports);
    return scenario.given(...importState({ ...defaultGenesis, ...state })).violations();
  };
  expect(begin({ BalanceCarried: [balance] })).toEqual([
    'goods, coupons, differences and debt of each component balance: ' +
      'component 1: G 0 - K 5 - P 0 + D 0 is -5, not 0',
  ]);
  expect(begin({ BalanceCarried: [balance], DebtCarried: [debt] })).toEqual([]);
  expect(DebtCause.CARRIED).toBe(1);
});
