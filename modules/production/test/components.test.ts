import { workMs } from '../../_kernel/units.ts';
import { Label } from '../types.ts';
import { account, drive, flour, hour, oven, World } from './world.ts';

const [first, second] = [1n as never, 5n as never];
const burn = (world: World, store: bigint, ms: bigint) =>
  world.cause({ type: 'CountBurn', store: store as never, amountMs: workMs(ms) });

/** Two stores of one component, 3 units of 100 ms together on the shelves of 1, 4 on those of 4. */
function shared(): World {
  const world = new World();
  world.stores.add(1n).add(4n);
  world.join();
  world.ok('Shelve', { lot: world.goods(3n, 100n), quantity: 3n });
  const lot = world.stock(4n, 4);
  world.ok('Shelve', { signer: account(4), lot, quantity: 4n });
  return world;
}

describe('2-N2 a component splits', () => {
  test('and divides its pool: the side with the smallest collective gets its part rounded down', () => {
    const world = shared();
    const [moved] = world.split().filter((event) => event.type === 'PoolMoved');
    expect(moved).toMatchObject({ from: 1n, to: 5n, valueMs: 58n, units: 4n });
    const { pools } = world.scenario.view;
    expect(pools.get(first, flour as never)).toEqual({ valueMs: 42n, units: 3n });
    expect(pools.get(second, flour as never)).toEqual({ valueMs: 58n, units: 4n });
    expect(world.reads.poolValue(first) + world.reads.poolValue(second)).toBe(100n);
  });

  test('a side without goods on shelves takes nothing, the other all', () => {
    const world = new World();
    world.stores.add(4n);
    world.join();
    const lot = world.goods(3n, 101n);
    world.ok('Transfer', { lot, quantity: 3n, to: 2n });
    world.ok('AcceptTransfer', { signer: account(2), transfer: 1n });
    world.ok('Transfer', { signer: account(2), lot, quantity: 3n, to: 3n });
    world.ok('AcceptTransfer', { signer: account(3), transfer: 2n });
    world.ok('Transfer', { signer: account(3), lot, quantity: 3n, to: 4n });
    world.ok('AcceptTransfer', { signer: account(4), transfer: 3n });
    world.ok('Shelve', { signer: account(4), lot, quantity: 3n });
    world.split();
    expect(world.reads.poolValue(first)).toBe(0n);
    expect(world.reads.poolValue(second)).toBe(101n);
  });

  test('work in progress, aged means and differences stay with their collectives', () => {
    const world = shared();
    const machine = world.machine(oven, 10n, 1000n);
    const id = world.begin();
    world.ok('AllocateMeans', { production: id, lot: machine });
    world.work(id, hour);
    burn(world, 4n, 70n);
    const goods = world.reads.exclusiveGoods(first);
    world.split();
    expect(world.reads.exclusiveGoods(first)).toBe(goods);
    expect(world.reads.exclusiveGoods(4n as never)).toBe(0n);
    expect(world.reads.difference(4n as never)).toBe(70n);
    expect(world.reads.difference(first)).toBe(0n);
    world.ok('DeallocateMeans', { allocation: 1n, used: 1n });
  });

  test('copies the list of commons and the parameters, and a join undoes all of it', () => {
    const world = shared();
    world.makeCommon(drive);
    const json = '{"voteLimitMs":"7"}';
    world.ok('ProposeParameters', { collective: 1n, json });
    const by = (id: number) => ({ signer: account(id), collective: BigInt(id) });
    for (const id of [1, 2, 4]) world.ok('VoteParameters', { ...by(id), ballot: 1n, yes: true });
    world.later(60n * 24n * hour);
    world.wake();
    world.split();
    const { view } = world.scenario;
    expect(view.commons.has(second, drive as never)).toBe(true);
    expect(view.componentParams.get(second)).toEqual(view.componentParams.get(first));
    world.join();
    expect(view.commons.has(first, drive as never)).toBe(true);
    expect(view.commons.has(second, drive as never)).toBe(false);
    expect(view.componentParams.get(first)?.voteLimitMs).toBe(7n);
    expect(view.componentParams.get(second)).toBeUndefined();
    expect(view.pools.get(first, flour as never)).toEqual({ valueMs: 100n, units: 7n });
    expect([...view.pools.range()].length).toBe(1);
  });

  test('ends offers over the edge, and only those', () => {
    const world = shared();
    const [here, there] = [world.stock(9n, 3), world.stock(9n, 4)];
    world.ok('Transfer', { signer: account(3), lot: here, quantity: 2n, to: 4n });
    world.ok('Transfer', { signer: account(4), lot: there, quantity: 9n, to: 3n });
    world.ok('Transfer', { signer: account(3), lot: here, quantity: 1n, to: 2n });
    const ended = world.split().filter((event) => event.type === 'TransferWithdrawn');
    expect(ended.map(({ transfer }) => transfer)).toEqual([1n, 2n]);
    expect(world.lot(there).stage).toBe('free');
    expect([...world.scenario.view.offersOver.range()].length).toBe(1);
    expect(world.no('AcceptTransfer', { signer: account(4), transfer: 1n })[0]).toBe(
      'transfer_over',
    );
  });
});

describe('a join', () => {
  test('leaves common only what is common in both, and lots as they are', () => {
    const world = new World();
    world.makeCommon(flour);
    const lot = world.goods(5n, 50n, Label.COMMONS);
    world.join();
    expect(world.scenario.view.commons.has(first, flour as never)).toBe(false);
    expect(world.lot(lot).label).toBe(Label.COMMONS);
  });

  test('gives the parameters of the chain back where both sides have others', () => {
    const world = new World();
    world.ok('ProposeParameters', { collective: 1n, json: '{"countersign":true}' });
    for (const id of [1, 2]) {
      const by = { signer: account(id), collective: BigInt(id) };
      world.ok('VoteParameters', { ...by, ballot: 1n, yes: true });
    }
    world.later(60n * 24n * hour);
    world.wake();
    world.join();
    expect(world.scenario.view.componentParams.has(first)).toBe(false);
  });

  test('takes open questions along: of all who were asked, about all who are there now', () => {
    const world = new World();
    const by = { signer: account(4), collective: 4n };
    world.ok('ProposeParameters', { ...by, json: '{"voteLimitMs":"9"}' });
    world.join();
    expect(world.no('VoteParameters', { collective: 1n, ballot: 1n, yes: true })[0]).toBe(
      'no_vote',
    );
    world.ok('VoteParameters', { ...by, ballot: 1n, yes: true });
    world.later(60n * 24n * hour);
    world.wake();
    expect(world.scenario.view.componentParams.get(first)?.voteLimitMs).toBe(9n);
  });

  test('X-6 production refuses one whose pools would leave 64 bits', () => {
    const world = shared();
    world.split();
    const most = (1n << 64n) - 1n;
    const fill = (id: number, counted: bigint) =>
      world.ok('Inventory', { signer: account(id), collective: BigInt(id), type: flour, counted });
    fill(1, most);
    fill(4, 1n);
    const join = { type: 'JoinComponents', remaining: first, ending: second } as const;
    expect(world.cause({ ...join, moved: [4n as never] })).toMatchObject({
      refused: 'too_much',
      message: 'the pool of type 1 leaves the range of 64 bits',
    });
  });
});

test('X-6 production refuses more offers over an edge than a block can end', () => {
  const world = new World();
  const lot = world.stock(300n);
  for (let i = 0; i < 256; i += 1) {
    const offer = { type: 'Transfer', signer: account(1), lot, quantity: 1n, to: 2n };
    world.scenario.when(offer as never);
  }
  expect(world.no('Transfer', { lot, quantity: 1n, to: 2n })).toEqual([
    'too_many_offers',
    'there are 256 open offers between 1 and 2',
  ]);
  world.ok('AcceptTransfer', { signer: account(2), transfer: 7n });
  world.ok('Transfer', { lot, quantity: 1n, to: 2n });
});
