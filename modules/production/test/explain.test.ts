/**
 * The provenance of a product (2-N5): what `explain` prints, and a reader written apart that
 * computes the value again from the printed tree alone.
 */
import fc from 'fast-check';
import { QueryExplainResponse } from '../../../proto/generated/artel/production/v1/query.ts';
import { MemoryState } from '../../_kernel/memory-state.ts';
import { view } from '../../_kernel/tables.ts';
import { explain } from '../explain.ts';
import { tables } from '../keys.ts';
import { Label } from '../types.ts';
import { lively, play, step } from './history.ts';
import { drive, flour, hour, minute, oven, World } from './world.ts';

interface Printed {
  readonly lots: readonly PrintedLot[];
  readonly productions?: readonly PrintedProduction[];
}
interface Fraction {
  readonly num: string;
  readonly den: string;
}
interface Element {
  readonly id: string;
  readonly valueMs?: string;
  readonly valueDen?: string;
  readonly durability: string;
  readonly age?: string;
}
interface PrintedLot {
  readonly lot: string;
  readonly origin: {
    readonly kind: string;
    readonly production?: string;
    readonly lots?: readonly string[];
    readonly quantity: string;
    readonly valueMs?: string;
    readonly ofQuantity?: string;
    readonly ofValueMs?: string;
    readonly place?: string;
    readonly zeroFrom?: string;
  };
  readonly exact: Fraction;
  readonly splits?: readonly {
    readonly lot: string;
    readonly quantity: string;
    readonly valueMs?: string;
  }[];
  readonly composition?: { readonly elements: readonly Element[] };
}
interface PrintedInput {
  readonly input: {
    readonly kind: string;
    readonly lot: string;
    readonly bookedMs?: string;
    readonly valueMs?: string;
    readonly beforeMs?: string;
    readonly usedBefore?: string;
    readonly usedAfter?: string;
  };
  readonly exact: Fraction;
  readonly composition?: { readonly elements: readonly Element[] };
}
interface PrintedProduction {
  readonly production: {
    readonly production: string;
    readonly label: string;
    readonly workedMs?: string;
  };
  readonly inputs?: readonly PrintedInput[];
  readonly outputs: readonly { readonly lot: string; readonly valueMs?: string }[];
}

const int = (text: string | undefined): bigint => BigInt(text ?? '0');

/** R after so much use, as numerator and denominator. */
function rest(elements: readonly Element[], used: bigint): readonly [bigint, bigint] {
  let [num, den] = [0n, 1n];
  for (const { valueMs, valueDen, durability, age } of elements) {
    const life = BigInt(durability);
    const left = life - int(age) - used;
    if (left <= 0n) continue;
    const [n, d] = [int(valueMs) * left, (valueDen === undefined ? 1n : BigInt(valueDen)) * life];
    [num, den] = [num * d + n * den, den * d];
  }
  return [num, den];
}

/** What a lot was worth after so many splits; nothing once it became exclusive at value 0. */
function restOf({ origin, splits = [] }: PrintedLot, after: number): bigint {
  const zeroFrom = Number(origin.zeroFrom ?? '0');
  if (zeroFrom > 0 && after >= zeroFrom - 1) return 0n;
  const gone = splits.slice(0, after).reduce((sum, { valueMs }) => sum + int(valueMs), 0n);
  return int(origin.valueMs) - gone;
}

/** Recomputes every booked figure of the tree; throws where one does not follow. */
function check({ lots, productions = [] }: Printed): void {
  const lotById = new Map(lots.map((lot) => [lot.lot, lot]));
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what);
  };
  for (const { lot, origin, exact } of lots) {
    const booked = int(origin.valueMs);
    const { kind, quantity, ofQuantity, ofValueMs } = origin;
    if (kind === 'collectivized') must(booked === 0n, `lot ${lot} began with a value`);
    if (kind === 'split' || kind === 'unshelved') {
      const share = (int(ofValueMs) * int(quantity)) / int(ofQuantity);
      must(share === booked, `lot ${lot} is not the share ${share}`);
      must(BigInt(exact.num) / BigInt(exact.den) === booked, `the fraction of ${lot}`);
    }
    if (kind === 'split') {
      const source = lotById.get(origin.lots?.[0] ?? '');
      if (source === undefined) throw new Error(`lot ${lot} was split off nothing`);
      must(restOf(source, Number(origin.place ?? '0')) === int(ofValueMs), `what ${lot} was of`);
    }
    if (kind === 'merged') {
      const sum = (origin.lots ?? []).reduce((total, id) => {
        const part = lotById.get(id);
        return part === undefined ? total : total + restOf(part, part.splits?.length ?? 0);
      }, 0n);
      must(sum === booked, `lot ${lot} is ${booked}, its parts ${sum}`);
    }
    if (kind === 'produced') {
      const made = productions.find(
        ({ production }) => production.production === origin.production,
      );
      const line = made?.outputs.find((output) => output.lot === lot);
      must(int(line?.valueMs) === booked, `lot ${lot} is not what came out`);
    }
  }
  for (const { production, inputs = [], outputs } of productions) {
    let sum = int(production.workedMs);
    for (const { input, exact, composition } of inputs) {
      const isFree = lotById.get(input.lot) !== undefined && input.valueMs === undefined;
      if (!isFree) must(int(input.valueMs) === int(input.bookedMs), `input ${input.lot}`);
      sum += int(input.valueMs);
      if (input.kind !== 'means') continue;
      const elements = composition?.elements ?? [];
      const [num, den] = rest(elements, int(input.usedAfter));
      const after = (num + den - 1n) / den;
      const before = int(input.beforeMs);
      const fall = before - (after < before ? after : before);
      must(fall === int(input.bookedMs), `means ${input.lot} fall by ${fall}`);
      const [n0, d0] = rest(elements, int(input.usedBefore));
      const same = (n0 * den - num * d0) * BigInt(exact.den) === BigInt(exact.num) * d0 * den;
      must(same, `the fraction of ${input.lot}`);
    }
    const out = outputs.reduce((total, { valueMs }) => total + int(valueMs), 0n);
    must(sum === out, `production ${production.production} took ${sum} and gave ${out}`);
  }
}

function printed(world: World, lot: bigint): Printed {
  const answered = explain(world.scenario.view, lot as never);
  if (!answered.ok) throw new Error(answered.message);
  return QueryExplainResponse.toJSON(answered.response) as Printed;
}

/** Grain, mill and work make flour, some of it bread. */
function bakery(): { world: World; bread: bigint; mill: bigint; grain: bigint } {
  const world = new World();
  const grain = world.goods(3n, 100n);
  const mill = world.machine(oven, 7n, 1000n);
  const id = world.begin({}, hour);
  world.ok('AllocateConsumptive', { production: id, lot: grain, quantity: 1n, as: 1 });
  world.ok('AllocateConsumptive', { production: id, lot: grain, quantity: 1n, as: 1 });
  world.ok('AllocateMeans', { production: id, lot: mill });
  world.ok('DeallocateMeans', { allocation: 1n, used: 2n });
  world.work(id, hour);
  // floor(100/3) + floor(67/2) + 1000 - ceil(1000 * 5 / 7)
  const sum = 33n + 33n + 285n + hour;
  const lines = [
    { type: flour, quantity: 2n, valueMs: sum - 5n },
    { type: flour, quantity: 1n, valueMs: 5n },
  ];
  const { events } = world.ok('Output', { production: id, lines });
  const [bread] = events.flatMap((event) => (event.type === 'LotProduced' ? [event.lot] : []));
  return { world, bread: bread ?? 0n, mill, grain };
}

describe('2-N5 where the value of a product comes from', () => {
  test('is told step by step: the exact fraction, what is booked, and who keeps the remainder', () => {
    const { world, bread, mill, grain } = bakery();
    const tree = printed(world, bread);
    check(tree);
    expect(tree.lots[0]).toMatchObject({ lot: `${bread}`, origin: { kind: 'produced' } });
    const baking = tree.productions?.find(({ outputs }) => outputs[0]?.lot === `${bread}`);
    expect(baking?.inputs).toMatchObject([
      { input: { kind: 'consumed', bookedMs: '33' }, exact: { num: '33', den: '1' } },
      { input: { kind: 'consumed', bookedMs: '33' } },
      {
        input: { kind: 'means', lot: `${mill}`, beforeMs: '1000', bookedMs: '285' },
        exact: { num: '2000', den: '7' },
        keptBy: `lot ${mill}`,
      },
    ]);
    const split = tree.lots.find(({ origin }) => origin.kind === 'split');
    expect(split).toMatchObject({ exact: { num: '100', den: '3' }, keptBy: `lot ${grain}` });
  });

  test('is found again by a reader of the printed tree alone, and a wrong figure is not', () => {
    const { world, bread } = bakery();
    const tree = printed(world, bread);
    const [first, ...others] = tree.lots;
    if (first === undefined) throw new Error('no lot');
    const valueMs = `${int(first.origin.valueMs) + 1n}`;
    const wrong = {
      ...tree,
      lots: [{ ...first, origin: { ...first.origin, valueMs } }, ...others],
    };
    expect(() => check(wrong)).toThrow('is not what came out');
  });

  test('what came from a shelf is told as a share of its pool', () => {
    const world = new World();
    world.stores.add(1n);
    world.ok('Shelve', { lot: world.goods(3n, 100n), quantity: 3n });
    const taken = { collective: 1n, type: flour, quantity: 2n };
    const { lot } = World.fact(world.ok('Unshelve', taken), 'Unshelved');
    const tree = printed(world, lot);
    check(tree);
    expect(tree).toMatchObject({
      lots: [
        {
          origin: { kind: 'unshelved', ofQuantity: '3', ofValueMs: '100', valueMs: '66' },
          exact: { num: '200', den: '3' },
          keptBy: 'the pool in component 1',
        },
      ],
    });
    expect(tree.lots.length).toBe(1);
  });

  test('a machine estimated anew between two uses is told with the elements of each time', () => {
    const { world, mill } = bakery();
    world.ok('Revalue', { lot: mill, durability: 20n });
    const id = world.begin({}, hour);
    world.ok('AllocateMeans', { production: id, lot: mill });
    world.ok('DeallocateMeans', { allocation: 2n, used: 3n });
    const line = { type: flour, quantity: 1n, valueMs: 119n };
    const { lot } = World.fact(
      world.ok('Output', { production: id, lines: [line] }),
      'LotProduced',
    );
    const tree = printed(world, lot);
    check(tree);
    // R = 5000/7 over 18 uses: three of them.
    expect(tree.productions?.[0]?.inputs?.[0]).toMatchObject({
      exact: { num: '2500', den: '21' },
      input: { bookedMs: '119', revaluations: '1' },
    });
  });

  test('any lot of any history can be told and found again, by its records alone', () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 80, size: 'max' }), (history) => {
        const world = lively();
        for (const one of history) play(world, one);
        for (const { key } of world.scenario.view.lots.range()) {
          const [lot] = key;
          check(printed(world, lot));
          const answered = explain(world.scenario.view, lot);
          if (!answered.ok) throw new Error(answered.message);
          const records = new MemoryState();
          for (const record of answered.response.keys) {
            const value = world.scenario.state.get(record);
            if (value !== undefined) records.set(record, value);
          }
          expect(explain(view(tables, records), lot)).toEqual(answered);
          told += 1;
        }
      }),
      { numRuns: 8, seed: 21, endOnFailure: true },
    );
    expect(told).toBeGreaterThan(100);
  });

  test('goods that became exclusive are worth nothing from then on, and what was taken before is', () => {
    const world = new World();
    world.makeCommon(flour);
    const lot = world.goods(9n, 900n, Label.COMMONS);
    const id = world.begin({ label: Label.COMMONS }, hour);
    world.ok('AllocateConsumptive', { production: id, lot, quantity: 4n, as: 1 });
    const line = { type: flour, quantity: 1n, valueMs: 400n };
    const bread = World.fact(world.ok('Output', { production: id, lines: [line] }), 'LotProduced');
    world.vote(flour, Label.EXCLUSIVE);
    const next = world.begin({}, hour);
    world.ok('AllocateConsumptive', { production: next, lot, quantity: 2n, as: 1 });
    world.work(next, hour);
    const other = { type: flour, quantity: 1n, valueMs: hour };
    const done = world.ok('Output', { production: next, lines: [other] });
    for (const made of [bread, World.fact(done, 'LotProduced')]) check(printed(world, made.lot));
    expect(printed(world, lot).lots[0]?.origin).toMatchObject({ valueMs: '900', zeroFrom: '2' });
  });

  test('a lot that is not there is not found', () => {
    const { world } = bakery();
    expect(explain(world.scenario.view, 99n as never)).toMatchObject({
      ok: false,
      message: 'there is no lot 99',
    });
  });

  test('what has parts is told with each of them, shared ones once', () => {
    const world = new World();
    const [a, b] = [world.machine(drive, 100n, minute), world.machine(drive, 50n, minute)];
    const production = world.begin({ type: drive }, hour);
    for (const lot of [a, b]) {
      world.ok('AllocateConsumptive', { production, lot, quantity: 1n, as: 2 });
    }
    world.work(production, minute);
    const line = {
      ...{ type: drive, quantity: 1n, valueMs: 3n * minute },
      elements: [{ valueMs: minute, parts: [1n, 2n] }],
    };
    const { lot } = World.fact(world.ok('Output', { production, lines: [line] }), 'LotProduced');
    const tree = printed(world, lot);
    check(tree);
    expect(tree.lots.map((one) => one.lot)).toEqual([`${lot}`, `${a}`, `${b}`]);
    expect(tree.lots[0]?.composition?.elements.length).toBe(3);
  });
});
