import fc from 'fast-check';
import { Consumption } from '../../../proto/generated/artel/trust/v1/state.ts';
import { workMs } from '../../_kernel/units.ts';
import { defaultParameters } from '../parameters.ts';
import { DebtCause, Label, Use } from '../types.ts';
import { account, flour, hour, minute, oven, segmentMs, World } from './world.ts';

const day = 24n * hour;
const one = 1n as never;

/** Collective 1 is a store with so many units on its shelf, worth so much together. */
function store(units: bigint, valueMs: bigint): World {
  const world = new World();
  world.stores.add(1n);
  const lot = world.goods(units, valueMs);
  world.ok('Shelve', { lot, quantity: units });
  return world;
}

const burn = (world: World, ms: bigint) =>
  world.cause({ type: 'CountBurn', store: one, amountMs: workMs(ms) });
const pool = (world: World) => world.scenario.view.pools.get(one, flour as never);
const handOver = (quantity = 1n) => ({ collective: 1n, type: flour, quantity });
const count = (counted: bigint) => ({ collective: 1n, type: flour, counted });

describe('2-P12 the pool of a type', () => {
  test('three units worth 100 ms leave at 33, 33 and 34 ms', () => {
    const world = store(3n, 100n);
    burn(world, 100n);
    const charges = [1, 2, 3].map(() => {
      world.later(day);
      return World.fact(world.ok('HandOver', handOver()), 'HandedOver').chargeMs;
    });
    expect(charges).toEqual([33n, 33n, 34n]);
    expect(pool(world)).toBeUndefined();
  });

  test('own use and returns leave at pool charge, as a lot of that value', () => {
    const world = store(3n, 100n);
    const taken = World.fact(world.ok('Unshelve', handOver(2n)), 'Unshelved');
    expect(taken).toMatchObject({ valueMs: 66n, pool: { valueMs: 100n, units: 3n } });
    expect(world.lot(taken.lot)).toMatchObject({ quantity: 2n, valueMs: 66n, stage: 'free' });
    expect(pool(world)).toEqual({ valueMs: 34n, units: 1n });
  });

  test('a write-off from the shelf is lost at pool charge', () => {
    const world = store(3n, 100n);
    const { lot } = World.fact(world.ok('Unshelve', handOver(1n)), 'Unshelved');
    const { ownership: ownershipRef } = world.lot(lot);
    world.ok('WriteOff', { lot, quantity: 1n, reason: 'spoilt', ownershipRef });
    expect(world.sums()).toEqual({ a: 100n, c: 0n, w: 33n });
  });

  test('collectivized units make all cheaper, commons enter at 0', () => {
    const world = store(3n, 100n);
    world.ok('Shelve', { lot: world.stock(7n), quantity: 7n });
    expect(pool(world)).toEqual({ valueMs: 100n, units: 10n });
    world.makeCommon(flour);
    const lot = world.goods(5n, 50n, Label.COMMONS);
    world.ok('Shelve', { lot, quantity: 5n });
    expect(pool(world)).toEqual({ valueMs: 100n, units: 15n });
  });

  test('a used means enters at its residual and comes back at pool charge', () => {
    const world = new World();
    world.stores.add(1n);
    const [old, other] = [world.machine(oven, 10n, 100n), world.machine(oven, 10n, 301n)];
    const production = world.begin();
    world.ok('AllocateMeans', { production, lot: old });
    world.ok('DeallocateMeans', { allocation: 1n, used: 5n });
    for (const lot of [old, other]) world.ok('Shelve', { lot, quantity: 1n });
    expect(world.scenario.view.pools.get(one, oven as never)).toEqual({ valueMs: 351n, units: 2n });
    const piece = { collective: 1n, type: oven, quantity: 1n, lot: old };
    expect(World.fact(world.ok('Unshelve', piece), 'Unshelved').valueMs).toBe(175n);
    expect(world.lot(old)).toMatchObject({ valueMs: 175n, used: 5n, stage: 'free' });
    expect(world.no('Unshelve', piece)).toEqual([
      'piece_not_shelved',
      `lot ${old} is not on that shelf of store 1`,
    ]);
  });

  test('what came off a shelf below its residual stays so in what it is built into, and in pieces', () => {
    const world = new World();
    world.stores.add(1n);
    const [dear, cheap] = [world.machine(oven, 10n, 1000n), world.machine(oven, 10n, 100n)];
    for (const lot of [dear, cheap]) world.ok('Shelve', { lot, quantity: 1n });
    const piece = { collective: 1n, type: oven, quantity: 1n, lot: dear };
    expect(World.fact(world.ok('Unshelve', piece), 'Unshelved').valueMs).toBe(550n);

    const production = world.begin({ type: oven }, hour);
    world.ok('AllocateConsumptive', { production, lot: dear, quantity: 1n, as: Use.PART });
    const [inside] = world.scenario.view.compositions.get(dear as never)?.elements ?? [];
    const element = { valueMs: 0n, parts: [inside?.id] };
    const line = { type: oven, quantity: 1n, valueMs: 550n, elements: [element] };
    const whole = World.fact(world.ok('Output', { production, lines: [line] }), 'LotProduced');
    expect(world.lot(whole.lot).valueMs).toBe(550n);
    const top = whole.composition?.elements.at(-1)?.id;
    const lost = { lot: whole.lot, lost: [top], reason: 'broken', types: [oven] };
    const apart = world.ok('Separate', { ...lost, ownershipRef: whole.ownership });
    expect(World.fact(apart, 'LotSeparated').writtenOffMs).toBe(0n);
    expect(World.fact(apart, 'PieceKept').valueMs).toBe(550n);
  });

  test('charges sum to what came in, with deliveries, own use, splits and joins in between', () => {
    const move = fc.constantFrom('deliver', 'handOver', 'use', 'join', 'split');
    fc.assert(
      fc.property(fc.array(fc.tuple(move, fc.bigInt(1n, 9n)), { maxLength: 25 }), (moves) => {
        const world = store(5n, 1000n);
        world.stores.add(4n);
        world.join();
        world.stock(5n, 4);
        world.ok('Shelve', { signer: account(4), lot: world.lots().at(-1)?.lot, quantity: 3n });
        burn(world, 1_000_000n);
        for (const [name, n] of moves) {
          world.later(day);
          if (name === 'deliver') world.ok('Shelve', { lot: world.goods(n, n * 77n), quantity: n });
          else if (name === 'handOver') world.act('HandOver', handOver(n));
          else if (name === 'use') world.act('Unshelve', handOver(n));
          else if (name === 'join' && !world.isJoined) world.join();
          else if (name === 'split' && world.isJoined) world.split();
        }
        let sum = 0n;
        for (const event of world.told) {
          if (event.type === 'Shelved') sum += event.valueMs;
          if (event.type === 'Unshelved') sum -= event.valueMs;
          if (event.type === 'HandedOver') sum -= event.chargeMs;
        }
        const pools = [...new Set(world.components.values())];
        const left = pools.reduce((ms, id) => ms + world.reads.poolValue(id as never), 0n);
        expect(left).toBe(sum);
      }),
      { numRuns: 40, seed: 3 },
    );
  });
});

describe('2-P14 the inventory of a store', () => {
  test('a shortage is lost at pool charge, and what was not burned with it', () => {
    const world = store(10n, 1000n);
    burn(world, 195n);
    world.ok('HandOver', handOver(2n));
    const taken = World.fact(world.ok('Inventory', count(7n)), 'InventoryTaken');
    expect(taken).toMatchObject({ due: 8n, chargeMs: 100n, burnedMs: 195n, chargedMs: 200n });
    expect(world.sums().w).toBe(105n);
    expect(world.reads.difference(one)).toBe(0n);
    expect(pool(world)).toEqual({ valueMs: 700n, units: 7n });
  });

  test('a surplus raises the units and not the value; what was burned too much lowers the debt', () => {
    const world = store(10n, 1000n);
    burn(world, 250n);
    world.ok('HandOver', handOver(2n));
    const closed = world.ok('Inventory', count(9n));
    expect(pool(world)).toEqual({ valueMs: 800n, units: 9n });
    expect(World.fact(closed, 'DebtMoved')).toMatchObject({
      byMs: -50n,
      cause: DebtCause.CLOSED,
    });
    expect(world.sums().w).toBe(0n);
  });

  test('pieces are named that are not there', () => {
    const world = new World();
    world.stores.add(1n);
    const lot = world.machine(oven, 10n, 100n);
    world.ok('Shelve', { lot, quantity: 1n });
    const taking = { collective: 1n, type: oven };
    expect(world.no('Inventory', { ...taking, counted: 2n })[0]).toBe('surplus_of_pieces');
    expect(world.no('Inventory', { ...taking, counted: 0n })).toEqual([
      'wrong_pieces',
      '0 pieces are named where there are 1',
    ]);
    world.ok('Inventory', { ...taking, counted: 0n, missing: [lot] });
    expect(world.lot(lot).stage).toBe('missing');
    expect(world.no('Shelve', { lot, quantity: 1n })[0]).toBe('lot_gone');
  });
});

describe('2-P17 a store that hands over more than is burned', () => {
  test('is told of at 1 % and stopped at 5 % of its hand-overs in the segment', () => {
    const world = store(100n, 100_000n);
    const goods = (quantity: bigint) => {
      world.later(day);
      return world.act('HandOver', handOver(quantity));
    };
    burn(world, 9900n);
    expect(goods(10n).events.map(({ type }) => type)).toEqual(['HandedOver']);
    burn(world, 9_800n);
    const warned = World.fact(goods(10n), 'OverdrawWarned');
    expect(warned).toMatchObject({ store: 1n, shortMs: 300n, handedOverMs: 20_000n });
    expect(goods(1n)).toMatchObject({
      refused: 'overdrawn',
      message:
        'store 1 would have handed over 1300 ms more than was burned, of 21000 ms in the segment',
    });
  });

  test('is judged by hand-overs of its segment, and clear after an inventory', () => {
    const world = store(100n, 100_000n);
    burn(world, 9600n);
    world.ok('HandOver', handOver(10n));
    world.later(segmentMs);
    expect(world.no('HandOver', handOver(1n))[0]).toBe('overdrawn');
    world.ok('Inventory', count(90n));
    burn(world, 1000n);
    world.ok('HandOver', handOver(1n));
  });
});

describe('X-6 production refuses at stores', () => {
  test('shelves, hand-overs and inventories of a C2C collective', () => {
    const world = store(3n, 100n);
    const lot = world.goods(2n, 20n);
    world.stores.clear();
    const said = ['not_a_store', 'collective 1 is C2C'];
    expect(world.no('Shelve', { lot, quantity: 1n })).toEqual(said);
    expect(world.no('Unshelve', handOver())).toEqual(said);
    expect(world.no('HandOver', handOver())).toEqual(said);
    expect(world.no('Inventory', count(1n))).toEqual(said);
  });

  test('more than is on the shelf, types that nobody defined, pieces of what has none', () => {
    const world = store(3n, 100n);
    expect(world.no('HandOver', handOver(4n))).toEqual([
      'not_so_much_shelved',
      'store 1 has 3 of type 1 on its shelf, not 4',
    ]);
    expect(world.no('HandOver', { ...handOver(), type: 9n })[0]).toBe('unknown_type');
    expect(world.no('HandOver', { ...handOver(), lots: [1n] })).toEqual([
      'wrong_pieces',
      '1 pieces are named where there are 0',
    ]);
    expect(world.no('HandOver', { ...handOver(2n), lots: [2n, 2n] })).toEqual([
      'not_ascending',
      '2 of lots is not above the one before',
    ]);
    expect(world.no('HandOver', { ...handOver(), signer: account(2) })[0]).toBe('not_the_owner');
    expect(world.no('HandOver', { ...handOver(), collective: 9n })[0]).toBe('unknown_collective');
  });

  test('goods that are on the shelf already', () => {
    const world = store(3n, 100n);
    expect(world.no('Shelve', { lot: 1n, quantity: 1n })).toEqual([
      'lot_shelved',
      'lot 1 is on the shelf of a store',
    ]);
  });

  test('a second hand-over of a type within the period', () => {
    const world = store(3n, 100n);
    burn(world, 100n);
    world.ok('HandOver', handOver());
    const due = world.now + defaultParameters.handOverPeriodMs;
    world.later(minute);
    expect(world.no('HandOver', handOver())).toEqual([
      'too_soon',
      `goods of type 1 are handed over again from ${due} ms on, not at ${world.now} ms`,
    ]);
    world.later(day);
    world.ok('HandOver', handOver());
  });

  test('to become C2C with goods on the shelf or an open difference', () => {
    const world = store(3n, 100n);
    const check = (consumption: Consumption = Consumption.C2C) => {
      const { refused, message } = world.cause({
        type: 'CheckStore',
        collective: one,
        consumption,
      });
      return [refused, message];
    };
    expect(check()).toEqual(['shelf_not_empty', 'store 1 has 3 of type 1 on its shelf']);
    expect(check(Consumption.C2I)).toEqual([undefined, undefined]);
    burn(world, 101n);
    world.ok('HandOver', handOver(3n));
    expect(check()).toEqual(['difference_open', 'store 1 has an open difference of 1 ms']);
    world.ok('Inventory', count(0n));
    expect(check()).toEqual([undefined, undefined]);
  });

  test('burns above 64 bits', () => {
    const world = store(3n, 100n);
    burn(world, (1n << 64n) - 1n);
    expect(burn(world, 1n).refused).toBe('too_much');
  });
});
