/** A store filled with one height is the store that came there by blocks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofFault } from '../../client/verify-proof.ts';
import { Store } from '../store.ts';
import { bytes, changesOf, text } from './model.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-load-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Values that no two keys share; the last module holds one key. */
function state(count: number): Record<string, Record<string, string>> {
  const many = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`k${(i * 7919) % 100_003}`, `v${i}`]),
  );
  return { many, one: { alone: 'here' } };
}

async function byBlock(store: Store, at: bigint, changes: Parameters<typeof changesOf>[0]) {
  await store.commit(at, await store.prepare(changesOf(changes)), []);
}

async function byLoad(store: Store, at: bigint, count: number, part: number): Promise<void> {
  const load = await store.refill(at);
  for (const [module, values] of Object.entries(state(count))) {
    const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    for (let from = 0; from < entries.length; from += part) {
      const writes = Object.fromEntries(entries.slice(from, from + part));
      await load.add(changesOf({ [module]: writes }));
    }
  }
  expect(store.head).toBeUndefined();
  const row = { space: 'block', key: Uint8Array.of(1), value: bytes('a time') };
  const { appHash } = load.result();
  await load.finish([row]);
  expect(store.head).toEqual(expect.objectContaining({ height: at, appHash }));
}

test.each([
  [5, 2],
  [3_000, 700],
  [9_000, 1_234],
])(
  '%d keys loaded in parts of %d give the hash of a block, and blocks go on',
  async (count, part) => {
    const path = join(folder, 'db');
    const grown = await Store.open({ path: ':memory:' });
    await byBlock(grown, 41n, state(count));
    let loaded = await Store.open({ path });
    await byLoad(loaded, 41n, count, part);
    expect(loaded.head?.appHash).toEqual(grown.head?.appHash);
    for (let at = 42n; at < 130n; at += 1n) {
      const n = Number(at);
      const block = { many: { [`k${n}`]: `new ${n}`, k0: `${n}`, k7919: n % 2 ? undefined : 'x' } };
      await byBlock(grown, at, block);
      await byBlock(loaded, at, block);
      if (n % 20 !== 0) continue;
      await loaded.close();
      loaded = await Store.open({ path });
    }
    expect(loaded.head?.appHash).toEqual(grown.head?.appHash);
    for (const height of [41n, 42n, 77n, 129n]) {
      const [theirs, ours] = [await grown.at(height), await loaded.at(height)];
      expect(ours.appHash).toEqual(theirs.appHash);
      for (const key of ['k0', 'k7919', 'nothing']) {
        const { value, ops } = await ours.prove('many', bytes(key));
        expect(value).toEqual((await theirs.prove('many', bytes(key))).value);
        const claim = { appHash: ours.appHash, store: 'many', key: bytes(key), value, ops };
        expect(proofFault(claim)).toBeUndefined();
      }
    }
    await loaded.rollback(41n);
    expect(text((await loaded.at(41n)).appHash)).toBe(text((await grown.at(41n)).appHash));
    await expect(loaded.at(40n)).rejects.toThrow('this node keeps heights 41 to 41');
    expect(loaded.getAux('block', 41n, Uint8Array.of(1))).toEqual(bytes('a time'));
    await loaded.close();
    await grown.close();
  },
);

test('a load that was cut off leaves an empty store, as does one begun over a state', async () => {
  const path = join(folder, 'db');
  let store = await Store.open({ path });
  await byBlock(store, 3n, state(100));
  const load = await store.refill(9n);
  await load.add(changesOf({ many: { k1: 'v' } }));
  await store.close();
  store = await Store.open({ path });
  expect([store.head, store.get('many', bytes('k1'))]).toEqual([undefined, undefined]);
  await byLoad(store, 9n, 50, 20);
  await store.close();
});
