import fc from 'fast-check';
import { compare, hex } from '../../core/bytes.ts';
import type { Store } from '../store.ts';

async function all(store: Store, gte: Uint8Array, lt: Uint8Array): Promise<string[][]> {
  const found: string[][] = [];
  for await (const [key, value] of store.range({ gte, lt })) found.push([hex(key), hex(value)]);
  return found;
}

/** What every store must do; `reopen` gives the same store again after a close. */
export function storeContract(
  open: () => Promise<Store>,
  reopen?: (store: Store) => Promise<Store>,
): void {
  const key = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

  test('answers many keys in their order, absent ones included', async () => {
    const store = await open();
    await store.write([
      [key(1), key(10)],
      [key(2), key(20)],
    ]);
    expect((await store.getMany([key(2), key(3), key(1), key(2)])).map((v) => v?.[0])).toEqual([
      20,
      undefined,
      10,
      20,
    ]);
    expect(await store.getMany([])).toEqual([]);
    await store.close();
  });

  test('ranges are ascending, gte inclusive, lt exclusive, by unsigned bytes', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 20 }), bytes, bytes, async (keys, a, b) => {
        const store = await open();
        await store.write(keys.map((k) => [k, k] as const));
        const [gte, lt] = compare(a, b) <= 0 ? [a, b] : [b, a];
        const unique = [...new Map(keys.map((k) => [hex(k), k])).values()].toSorted(compare);
        const inside = unique.filter((k) => compare(k, gte) >= 0 && compare(k, lt) < 0);
        expect(await all(store, gte, lt)).toEqual(inside.map((k) => [hex(k), hex(k)]));
        await store.close();
      }),
      { numRuns: 20 },
    );
  });

  test('a later change of the same key in a batch wins; deleting what is absent is nothing', async () => {
    const store = await open();
    await store.write([
      [key(1), key(1)],
      [key(1), undefined],
      [key(2), undefined],
      [key(2), key(2)],
      [key(3), undefined],
    ]);
    expect(await all(store, key(0), key(9))).toEqual([['02', '02']]);
    await store.close();
  });

  test('keeps no reference to what it was given or gives', async () => {
    const store = await open();
    const value = key(1);
    await store.write([[key(1), value]]);
    value[0] = 9;
    (await store.getMany([key(1)]))[0]?.fill(7);
    expect((await store.getMany([key(1)]))[0]).toEqual(expect.objectContaining({ 0: 1 }));
    await store.close();
  });

  if (reopen !== undefined) {
    test('keeps what was written across a close', async () => {
      const store = await open();
      await store.write([[key(5), key(6)]]);
      await store.close();
      const again = await reopen(store);
      expect(await all(again, key(0), key(9))).toEqual([['05', '06']]);
      await again.close();
    });
  }
}
