/** The contract of the store, on memory and on LevelDB. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadReader, Overlay } from '../overlay.ts';
import { type AuxWrite, HeightNotAvailable, Store, StoreLocked } from '../store.ts';
import { bytes, changesOf, modelAppHash, text } from './model.ts';

const one = bytes('1');
const noAux: readonly AuxWrite[] = [];

async function commit(
  store: Store,
  height: bigint,
  writes: Record<string, Record<string, string | undefined>>,
  aux = noAux,
): Promise<Uint8Array> {
  const prepared = await store.prepare(changesOf(writes));
  await store.commit(height, prepared, aux);
  return prepared.appHash;
}

const whole = { gte: bytes(''), lt: Uint8Array.of(0xff) };

describe.each(['memory', 'level'])('the store on %s', (kind) => {
  let folder: string;
  let store: Store;
  const open = (): Promise<Store> =>
    Store.open({
      path: kind === 'memory' ? ':memory:' : join(folder, 'db'),
      pruning: { keepRecent: 5, keepEvery: 0 },
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'artel-store-'));
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  test('has no head before genesis, and no height', async () => {
    expect(store.head).toBeUndefined();
    await expect(store.at(0n)).rejects.toThrow('height 0 is not available: the store is empty');
  });

  test('gives what was committed, at the head and at every height kept', async () => {
    const first = await commit(store, 0n, { a: { x: '1', y: '2' }, b: { x: '3' } });
    const second = await commit(store, 1n, { a: { x: '4', y: undefined, z: '5' } });
    expect(store.head).toMatchObject({ height: 1n, appHash: second });
    expect(first).toEqual(modelAppHash({ a: { x: '1', y: '2' }, b: { x: '3' } }));
    expect(second).toEqual(modelAppHash({ a: { x: '4', z: '5' }, b: { x: '3' } }));
    expect(text(store.get('a', bytes('x')))).toBe('4');
    expect(store.get('a', bytes('y'))).toBeUndefined();
    const old = await store.at(0n);
    expect(text(await old.get('a', bytes('x')))).toBe('1');
    expect(text(await old.get('a', bytes('y')))).toBe('2');
    expect(await old.get('a', bytes('z'))).toBeUndefined();
    expect((await old.range('a', whole)).map(([key]) => text(key))).toEqual(['x', 'y']);
    expect(
      (await old.range('a', { ...whole, reverse: true, limit: 1 })).map((e) => e.map(text)),
    ).toEqual([['y', '2']]);
    expect(old.appHash).toEqual(first);
    expect([...(await old.moduleRoots()).keys()]).toEqual(['a', 'b']);
  });

  test('writes nothing at prepare, and voids the other candidates at commit', async () => {
    await commit(store, 0n, { a: { x: '1' } });
    const one = await store.prepare(changesOf({ a: { x: '2' } }));
    const other = await store.prepare(changesOf({ a: { x: '3' } }));
    expect(text(store.get('a', bytes('x')))).toBe('1');
    await store.commit(1n, other, noAux);
    expect(text(store.get('a', bytes('x')))).toBe('3');
    await expect(store.commit(2n, one, noAux)).rejects.toThrow('the head moved');
  });

  test('refuses a height that does not follow', async () => {
    await commit(store, 0n, { a: { x: '1' } });
    await expect(commit(store, 2n, {})).rejects.toThrow('commit 2: the next height is 1');
  });

  test('keeps the app hash when nothing changes, also when equal values are written', async () => {
    const first = await commit(store, 0n, { a: { x: '1' } });
    expect(await commit(store, 1n, {})).toEqual(first);
    expect(
      await commit(store, 2n, { a: { x: '1', gone: undefined }, b: { gone: undefined } }),
    ).toEqual(first);
  });

  test('drops a module whose last key was deleted', async () => {
    await commit(store, 0n, { a: { x: '1' }, b: { x: '1' } });
    expect(await commit(store, 1n, { a: { x: undefined } })).toEqual(
      modelAppHash({ b: { x: '1' } }),
    );
    expect(await commit(store, 2n, { a: { y: '2' } })).toEqual(
      modelAppHash({ a: { y: '2' }, b: { x: '1' } }),
    );
  });

  test('shows the height before while a commit is being written', async () => {
    await commit(store, 0n, { a: { x: '1' } });
    const prepared = await store.prepare(changesOf({ a: { x: '2', y: '9' } }));
    const committing = store.commit(1n, prepared, noAux);
    expect(text(store.get('a', bytes('x')))).toBe('1');
    expect(store.get('a', bytes('y'))).toBeUndefined();
    await committing;
    expect(text(store.get('a', bytes('y')))).toBe('9');
  });

  test('prunes to the versions kept and names them when an older one is asked for', async () => {
    for (let height = 0n; height < 12n; height++) {
      await commit(store, height, { a: { x: `${height}`, [`k${height}`]: '1' } });
    }
    await expect(store.at(6n)).rejects.toThrow(HeightNotAvailable);
    await expect(store.at(6n)).rejects.toThrow('this node keeps heights 7 to 11');
    await expect(store.at(12n)).rejects.toThrow('this node keeps heights 7 to 11');
    const oldest = await store.at(7n);
    expect(text(await oldest.get('a', bytes('x')))).toBe('7');
    expect(await oldest.get('a', bytes('k8'))).toBeUndefined();
  });

  test('rolls back within the versions kept, and goes on from there', async () => {
    await commit(store, 0n, { a: { x: '0' } });
    const first = await commit(store, 1n, { a: { y: '1' } }, [
      { space: 'log', key: one, value: bytes('one') },
      { space: 'meta', key: bytes('k'), value: bytes('stays'), undated: true },
    ]);
    await commit(store, 2n, { a: { x: undefined, y: '2', z: '2' } }, [
      { space: 'log', key: one, value: bytes('two') },
    ]);
    await commit(store, 3n, { b: { x: '3' } });
    await store.rollback(1n);
    expect(store.head).toMatchObject({ height: 1n, appHash: first });
    expect(text(store.get('a', bytes('x')))).toBe('0');
    expect(store.get('a', bytes('z'))).toBeUndefined();
    expect(store.getAux('log', 2n, one)).toBeUndefined();
    expect(text(store.getAux('log', 1n, one))).toBe('one');
    expect(text(store.getUndated('meta', bytes('k')))).toBe('stays');
    expect(await commit(store, 2n, { a: { q: '7' } })).toEqual(
      modelAppHash({ a: { x: '0', y: '1', q: '7' } }),
    );
  });

  test('gives aux rows by height', async () => {
    for (let height = 0n; height < 4n; height++) {
      await commit(store, height, {}, [{ space: 'log', key: one, value: bytes(`at ${height}`) }]);
    }
    const rows = await store.rangeAux('log', { from: 1n, to: 2n });
    expect(rows.map(({ height, value }) => [height, text(value)])).toEqual([
      [1n, 'at 1'],
      [2n, 'at 2'],
    ]);
    const [last] = await store.rangeAux('log', { from: 0n, to: 9n, reverse: true, limit: 1 });
    expect(last?.height).toBe(3n);
    await store.pruneAux('log', 2n);
    expect(store.getAux('log', 1n, one)).toBeUndefined();
    expect(text(store.getAux('log', 2n, one))).toBe('at 2');
  });

  test('is empty again after clear', async () => {
    await commit(store, 4n, { a: { x: '1' } });
    await store.clear();
    expect(store.head).toBeUndefined();
    expect(store.get('a', bytes('x'))).toBeUndefined();
    expect(await commit(store, 0n, { b: { x: '1' } })).toEqual(modelAppHash({ b: { x: '1' } }));
  });

  test('serves an overlay through the head reader', async () => {
    await commit(store, 0n, { a: { x: '1', y: '2' } });
    const overlay = new Overlay(new HeadReader(store));
    overlay.set('a', bytes('x'), bytes('9'));
    expect(text(overlay.get('a', bytes('x')))).toBe('9');
    expect(text(overlay.get('a', bytes('y')))).toBe('2');
    await store.commit(1n, await store.prepare(overlay.changes()), noAux);
    expect(text(store.get('a', bytes('x')))).toBe('9');
  });

  if (kind === 'level') {
    test('is the same after it was closed and opened', async () => {
      await commit(store, 0n, { a: { x: '1' } });
      const appHash = await commit(store, 1n, { a: { x: '2', y: '1' } });
      await store.close();
      store = await open();
      expect(store.head).toMatchObject({ height: 1n, appHash });
      expect(text(await (await store.at(0n)).get('a', bytes('x')))).toBe('1');
      expect(await commit(store, 2n, { b: { z: '1' } })).toEqual(
        modelAppHash({ a: { x: '2', y: '1' }, b: { z: '1' } }),
      );
    });

    test('says who holds it when it is open elsewhere', async () => {
      await expect(open()).rejects.toThrow(StoreLocked);
      await expect(open()).rejects.toThrow('is open in another process');
    });
  }
});
