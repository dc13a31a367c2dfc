/** Overlays and suspending readers against a sorted array. */
import fc from 'fast-check';
import type { Bounds, Entry } from '../../../modules/_kernel/state.ts';
import { KeyIndex } from '../key-index.ts';
import { HeadReader, Overlay, type StateReader, settle, VersionReader } from '../overlay.ts';
import { Store } from '../store.ts';
import { bytes, changesOf, text } from './model.ts';

const whole = { gte: bytes(''), lt: bytes('\xff\xff') };

/** A state that is only read, from a plain object. */
class Fixed implements StateReader {
  readonly #values: Record<string, string>;

  constructor(values: Record<string, string>) {
    this.#values = values;
  }

  get(_module: string, key: Uint8Array): Uint8Array | undefined {
    const value = this.#values[text(key) as string];
    return value === undefined ? undefined : bytes(value);
  }

  *range(_module: string, bounds: Bounds): Iterable<Entry> {
    yield* sortedRange(this.#values, bounds);
  }
}

function sortedRange(values: Record<string, string>, bounds: Bounds): Entry[] {
  const [gte, lt] = [text(bounds.gte) as string, text(bounds.lt) as string];
  const keys = Object.keys(values)
    .filter((key) => key >= gte && key < lt)
    .sort();
  if (bounds.reverse) keys.reverse();
  return keys
    .slice(0, bounds.limit)
    .map((key): Entry => [bytes(key), bytes(values[key] as string)]);
}

const plain = (entries: Iterable<Entry>): (string | undefined)[][] =>
  [...entries].map((entry) => entry.map((part) => text(part)));

const key = fc.nat(40).map((n) => n.toString(36));
const values = fc.dictionary(key, fc.nat(9).map(String), { maxKeys: 20 });
const writes = fc.array(fc.tuple(key, fc.option(fc.nat(9).map(String))), { maxLength: 30 });
const bounds = fc.record({
  gte: key.map(bytes),
  lt: key.map(bytes),
  reverse: fc.boolean(),
  limit: fc.option(fc.nat(6), { nil: undefined }),
}) as fc.Arbitrary<Bounds>;

function write(
  overlay: Overlay,
  model: Record<string, string>,
  list: [string, string | null][],
): void {
  for (const [key, value] of list) {
    if (value === null) {
      overlay.delete('m', bytes(key));
      delete model[key];
    } else {
      overlay.set('m', bytes(key), bytes(value));
      model[key] = value;
    }
  }
}

test('attempts read as the merged state, nest, and leave nothing where they fail', () => {
  fc.assert(
    fc.property(values, writes, writes, writes, bounds, (below, first, second, third, range) => {
      const model = { ...below };
      const block = new Overlay(new Fixed(below));
      const expectModel = (): void => {
        expect(plain(block.range('m', range))).toEqual(plain(sortedRange(model, range)));
        expect(plain(block.range('m', whole))).toEqual(plain(sortedRange(model, whole)));
        for (const [name] of [...first, ...second, ...third]) {
          expect(text(block.get('m', bytes(name)))).toBe(model[name]);
        }
      };
      write(block, model, first);
      expectModel();
      const untouched = block.changes();
      const failed = (): void => {
        block.attempt(() => write(block, { ...model }, third));
        throw new Error('refused');
      };
      expect(() => block.attempt(failed)).toThrow('refused');
      block.attempt(
        () => write(block, { ...model }, second),
        () => false,
      );
      expect(block.changes()).toEqual(untouched);
      expectModel();
      block.attempt(() => {
        write(block, model, second);
        expect(() => block.attempt(failed)).toThrow('refused');
      });
      expectModel();
    }),
    { numRuns: 500 },
  );
});

test('changes are canonical: the order of writing does not show', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, fc.nat(9)), { selector: ([key]) => key }), (list) => {
      const changesIn = (order: typeof list): unknown => {
        const overlay = new Overlay(new Fixed({}));
        for (const [key, value] of order) {
          overlay.set(`m${value % 3}`, bytes(key), bytes(`${value}`));
        }
        return overlay.changes();
      };
      expect(changesIn(list)).toEqual(changesIn([...list].reverse()));
    }),
  );
});

test('a range may be emptied while it is read', () => {
  const overlay = new Overlay(new Fixed({ a: '1', c: '3', e: '5' }));
  overlay.set('m', bytes('b'), bytes('2'));
  for (const [key] of overlay.range('m', whole)) overlay.delete('m', key);
  expect(plain(overlay.range('m', whole))).toEqual([]);
  const untouched = new Overlay(new Fixed({ a: '1', c: '3' }));
  const seen: unknown[] = [];
  for (const [key] of untouched.range('m', whole)) {
    seen.push(text(key));
    if (text(key) === 'a') untouched.set('m', bytes('b'), bytes('2'));
  }
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('an empty value, an empty key and a key of 129 bytes are refused', () => {
  const overlay = new Overlay(new Fixed({}));
  expect(() => overlay.set('m', bytes('k'), bytes(''))).toThrow('the value is empty');
  expect(() => overlay.set('m', bytes(''), bytes('v'))).toThrow('keys have 1 to 128 bytes');
  expect(() => overlay.delete('m', new Uint8Array(129))).toThrow('this has 129');
});

test('an ordered index is the sorted set of what was added and not removed', () => {
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom('add', 'remove', 'read'),
      fc.nat(2000).map((n) => `${n}`),
    ),
    { maxLength: 3000, size: 'max' },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const index = new KeyIndex();
      const model = new Set<string>();
      for (const [action, key] of list) {
        if (action === 'add' && !model.has(key)) index.add(key);
        if (action === 'add') model.add(key);
        if (action === 'remove') index.remove(key);
        if (action === 'remove') model.delete(key);
        if (action === 'read') expect(index.ceiling(key, false) === key).toBe(model.has(key));
      }
      const sorted = [...model].sort();
      expect([...index.all()]).toEqual(sorted);
      expect(index.size).toBe(sorted.length);
      expect(index.slice('3', '7', true, 5)).toEqual(
        sorted
          .filter((key) => key >= '3' && key < '7')
          .reverse()
          .slice(0, 5),
      );
    }),
    { numRuns: 30 },
  );
});

describe('suspending readers', () => {
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`k${String(i).padStart(4, '0')}`, `${i}`]),
  );
  let store: Store;
  beforeEach(async () => {
    store = await Store.open({ path: ':memory:' });
    await store.commit(0n, await store.prepare(changesOf({ m: many })), []);
  });

  test('a range runs the function again until everything is there, with doubled chunks', async () => {
    let runs = 0;
    const overlay = new Overlay(new HeadReader(store));
    overlay.delete('m', bytes('k0001'));
    const count = await settle(new HeadReader(store), () => 0);
    expect(count).toBe(0);
    const reader = new HeadReader(store);
    const entries = await settle(reader, () => {
      runs++;
      const tx = new Overlay(reader);
      tx.delete('m', bytes('k0001'));
      return plain(tx.range('m', whole));
    });
    expect(entries).toHaveLength(999);
    expect(runs).toBe(4);
    runs = 0;
    const first = await settle(reader, () => {
      runs++;
      return plain(reader.range('m', { ...whole, limit: 1, reverse: true }));
    });
    expect(first).toEqual([['k0999', '999']]);
    expect(runs).toBe(2);
  });

  test('what was loaded is dropped when the head moves', async () => {
    const reader = new HeadReader(store);
    const read = (): Promise<unknown[]> =>
      settle(reader, () => plain(reader.range('m', { ...whole, limit: 2 })));
    expect(await read()).toEqual([
      ['k0000', '0'],
      ['k0001', '1'],
    ]);
    const changes = changesOf({ m: { k0000: undefined, k0001: 'new' } });
    await store.commit(1n, await store.prepare(changes), []);
    expect(await read()).toEqual([
      ['k0001', 'new'],
      ['k0002', '2'],
    ]);
  });

  test('an old version is read the same way', async () => {
    const changes = changesOf({ m: { k0000: undefined, k0001: 'new' } });
    await store.commit(1n, await store.prepare(changes), []);
    const reader = new VersionReader(await store.at(0n));
    const answer = await settle(reader, () => [
      text(reader.get('m', bytes('k0000'))),
      text(reader.get('m', bytes('k0001'))),
      text(reader.get('m', bytes('absent'))),
      plain(reader.range('m', { ...whole, limit: 2 })),
    ]);
    expect(answer).toEqual([
      '0',
      '1',
      undefined,
      [
        ['k0000', '0'],
        ['k0001', '1'],
      ],
    ]);
  });

  test('an error of the function itself passes through', async () => {
    await expect(
      settle(new HeadReader(store), () => {
        throw new Error('a defect');
      }),
    ).rejects.toThrow('a defect');
  });
});
