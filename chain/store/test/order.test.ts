/** Keys whose hashes begin alike, and buckets that many writes of one block go to. */
import { hashText } from '../hash.ts';
import { orderOf } from '../prepare.ts';
import { Store } from '../store.ts';
import { bytes, changesOf, modelAppHash } from './model.ts';

/** Pairs of keys whose hashes have the first 32 bits in common: some among so many. */
const twins = ((): [string, string][] => {
  const seen = new Map<string, string>();
  const pairs: [string, string][] = [];
  for (let i = 0; i < 200_000; i++) {
    const key = `key ${i}`;
    const first = hashText(bytes(key)).slice(0, 4);
    const other = seen.get(first);
    if (other !== undefined) pairs.push([other, key]);
    seen.set(first, key);
  }
  return pairs;
})();

test('writes stand in the order of the whole hashes of their keys', () => {
  expect(twins.length).toBeGreaterThan(2);
  for (const keys of [twins.flat(), twins.flat().reverse()]) {
    const hashes = keys.map((key) => hashText(bytes(key)));
    const ordered = [...orderOf(hashes)].map((i) => hashes[i]);
    expect(ordered).toEqual([...hashes].sort());
  }
});

test('keys with equal beginnings of hashes stand beside each other in a tree', async () => {
  const store = await Store.open({ path: ':memory:' });
  const state: Record<string, string> = {};
  for (const [i, pair] of twins.entries()) {
    const block: Record<string, string | undefined> = {};
    for (const key of i % 2 === 0 ? pair : [...pair].reverse()) block[key] = `${i}`;
    Object.assign(state, block);
    const prepared = await store.prepare(changesOf({ m: block }));
    await store.commit(BigInt(i), prepared, []);
    expect(prepared.appHash).toEqual(modelAppHash({ m: state }));
  }
  await store.close();
});

test('a block with thousands of writes to few buckets gives the hash of the state', async () => {
  const store = await Store.open({ path: ':memory:' });
  const state: Record<string, string> = {};
  const block = (height: number, count: number, goes: number): Record<string, string | undefined> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => {
        const key = `k${(i * (height + 3)) % 3001}`;
        return [key, i % goes === 1 ? undefined : `${height} ${i}`];
      }),
    );
  const blocks = [block(0, 5, 99), block(1, 1500, 7), block(2, 3001, 2), block(3, 3001, 1e9)];
  for (const [height, writes] of blocks.entries()) {
    for (const [key, value] of Object.entries(writes)) {
      if (value === undefined) delete state[key];
      else state[key] = value;
    }
    const prepared = await store.prepare(changesOf({ m: writes }));
    await store.commit(BigInt(height), prepared, []);
    expect(prepared.appHash).toEqual(modelAppHash({ m: state }));
    expect((await store.at(BigInt(height))).keys).toBe(Object.keys(state).length);
  }
  for (const [i, back] of [2n, 1n, 0n].entries()) {
    const hash = (await store.at(back)).appHash;
    await store.rollback(back);
    expect([i, store.head?.appHash]).toEqual([i, hash]);
    const prepared = await store.prepare(changesOf({ m: { k1: 'again' } }));
    await store.commit(back + 1n, prepared, []);
    await store.rollback(back);
  }
  await store.close();
});
