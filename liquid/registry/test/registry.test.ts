import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from '../../core/bytes.ts';
import { type SourceId, self } from '../../core/claims.ts';
import { type Day, dayOf } from '../../core/days.ts';
import { type Id, idOfBytes, idOfKey } from '../../core/id.ts';
import { generateKeyPair } from '../../core/keys.ts';
import { encodeReceipt, parseReceipt, type Receipt, signReceipt } from '../../core/receipt.ts';
import { LevelStore } from '../../store/level.ts';
import { MemoryStore } from '../../store/memory.ts';
import type { Change, Store } from '../../store/store.ts';
import { defaultPolicy, type Offer } from '../policy.ts';
import { Registry } from '../registry.ts';

const today = dayOf(20_000);

function idOf(n: number): Id {
  const id = new Uint8Array(20);
  new DataView(id.buffer).setUint32(0, Math.imul(n + 1, 0x9e3779b1));
  new DataView(id.buffer).setUint32(4, n);
  return idOfBytes(id);
}

function said(n: number, day: Day = today): Offer {
  return { provenance: 'handshake', id: idOf(n), day };
}

function range(count: number, offer: (n: number) => Offer = said): Offer[] {
  return Array.from({ length: count }, (_, n) => offer(n));
}

function counter(): () => number {
  let next = 1000;
  return () => next++;
}

function open(store: Store = new MemoryStore(), policy = {}): Promise<Registry> {
  return Registry.open(store, { policy: { ...defaultPolicy, ...policy }, random: counter() });
}

function receiptOf(seed: number, day: Day): Receipt {
  const pair = generateKeyPair('ed25519', new Uint8Array(32).fill(seed));
  const marker = generateKeyPair('ed25519', new Uint8Array(32).fill(255));
  const nonce = new Uint8Array(16);
  const terms = { key: pair.publicKey, day, nonce, marker: marker.publicKey };
  const parsed = parseReceipt(
    encodeReceipt(terms, { marked: signReceipt(terms, pair), marker: signReceipt(terms, marker) }),
  );
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value;
}

const sizes = (registry: Registry): number =>
  registry.statistics(today).reduce((sum, { count }) => sum + count, 0);

describe('the registry', () => {
  test('0-P1 a record of 1000 made keys holds ids, days and provenance, never a key', async () => {
    const store = new MemoryStore();
    const registry = await open(store);
    const pairs = Array.from({ length: 1000 }, () => generateKeyPair('ed25519'));
    const ids = pairs.map(({ publicKey }) => idOfKey(publicKey));
    await registry.accept(
      self,
      ids.map((id) => ({ provenance: 'manual', id, day: today })),
      today,
    );
    expect(sizes(registry)).toBe(1000);
    const records = store.entries().map(([key, value]) => hex(key) + hex(value));
    for (const { publicKey } of pairs) expect(records.join()).not.toContain(hex(publicKey.bytes));
    const claims = store.entries().filter(([key]) => key[0] === 0x69);
    expect(claims.map(([key]) => hex(key.subarray(1)))).toEqual(ids.map(hex).toSorted());
    expect(new Set(claims.map(([, value]) => hex(value)))).toEqual(new Set(['03000000004e20']));
  });

  test('0-P8 ids older than the filter are not found, not shown, and gone after a purge', async () => {
    const store = new MemoryStore();
    const registry = await open(store, { maxAge: 255 });
    const source = await registry.newSource();
    const ages = range(60, (n) => said(n, dayOf(today - n)));
    await registry.accept(source, ages, today);
    registry.policy = { ...registry.policy, maxAge: 30 };
    expect(await registry.find(idOf(30), today)).toMatchObject({ day: today - 30 });
    expect(await registry.find(idOf(31), today)).toBeUndefined();
    expect(sizes(registry)).toBe(31);
    expect(await registry.purge(today)).toBe(29);
    expect(await registry.purge(today)).toBe(0);
    expect(registry.tries.trie(dayOf(today - 31))).toBeUndefined();
    expect(registry.tries.trie(dayOf(today - 30))?.size).toBe(1);
    const only = await open(undefined, { maxAge: 30 });
    const other = await only.newSource();
    const { refused } = await only.accept(other, ages, today);
    expect(refused).toEqual([{ refusal: expect.objectContaining({ name: 'too_old' }), count: 29 }]);
    const window = { first: dayOf(today - 255), count: 256 };
    expect(hex(registry.windowRoot(window))).toBe(hex(only.windowRoot(window)));
    expect(store.entries().filter(([key]) => key[0] === 0x69)).toHaveLength(31);
  });

  test('0-P13 the statistics of each day are the counts of the store', async () => {
    const registry = await open();
    const source = await registry.newSource();
    await registry.accept(
      source,
      range(100, (n) => said(n, dayOf(today - (n % 7)))),
      today,
    );
    await registry.accept(
      source,
      range(10, (n) => said(n, today)),
      today,
    );
    const expected = new Map<number, number>();
    for (let n = 0; n < 100; n += 1) {
      const day = n < 10 ? today : today - (n % 7);
      expected.set(day, (expected.get(day) ?? 0) + 1);
    }
    const counted = registry.statistics(today).map(({ day, count }) => [day, count]);
    expect(counted).toEqual([...expected].toSorted(([a], [b]) => b - a));
  });

  test('0-P14 a date of tomorrow passes for a clock ahead, one of the day after is refused', async () => {
    const registry = await open();
    const source = await registry.newSource();
    const offers = [said(1, dayOf(today + 1)), said(2, dayOf(today + 2))];
    const { added, refused } = await registry.accept(source, offers, today);
    expect(added).toBe(1);
    expect(refused).toMatchObject([{ refusal: { name: 'future_date' }, count: 1 }]);
    expect(await registry.find(idOf(2), today)).toBeUndefined();
    expect(await registry.find(idOf(1), today)).toMatchObject({ day: today + 1 });
  });

  test('0-N1 a mark without a receipt is labelled unproven, and policy keeps it out', async () => {
    const receipt = receiptOf(1, today);
    const registry = await open();
    const source = await registry.newSource();
    await registry.accept(source, [said(7)], today);
    await registry.accept(source, [{ provenance: 'receipt', receipt }], today);
    expect(await registry.find(idOf(7), today)).toMatchObject({ proven: false });
    expect(await registry.find(receipt.id, today)).toMatchObject({ proven: true });
    expect(await registry.receipts(receipt.id)).toEqual([receipt]);
    expect(await registry.receipts(idOf(7))).toEqual([]);

    const strict = await open(undefined, { receiptedOnly: true });
    const peer = await strict.newSource();
    const offers: Offer[] = [said(7), { provenance: 'receipt', receipt }];
    expect(await strict.accept(peer, offers, today)).toMatchObject({
      added: 1,
      refused: [{ refusal: { name: 'unproven' }, count: 1 }],
    });
    expect(await strict.find(idOf(7), today)).toBeUndefined();
    expect(await strict.accept(self, [said(8)], today)).toMatchObject({ added: 1, refused: [] });
  });

  test('0-N3 a source that dates ever so many ids today changes no more than its cap', async () => {
    const registry = await open(undefined, { maxFresh: 1000 });
    const source = await registry.newSource();
    await registry.accept(
      self,
      range(500, (n) => said(n, dayOf(today - 9))),
      today,
    );
    const first = await registry.accept(source, range(5000), today);
    expect(first).toMatchObject({ added: 500, raised: 500 });
    expect(first.refused).toMatchObject([{ refusal: { name: 'source_cap' }, count: 4000 }]);
    const again = await registry.accept(source, range(6000), today);
    expect(again).toMatchObject({ added: 0, raised: 0 });
    expect(again.refused).toMatchObject([{ refusal: { name: 'source_cap' }, count: 5000 }]);
    const older = range(50, (n) => said(10_000 + n, dayOf(today - 5)));
    expect(await registry.accept(source, older, today)).toMatchObject({ added: 50, refused: [] });
    const tomorrow = dayOf(today + 1);
    const next = range(50, (n) => said(20_000 + n));
    expect(await registry.accept(source, next, tomorrow)).toMatchObject({ added: 50 });
    const other = await registry.newSource();
    expect(
      await registry.accept(
        other,
        range(1, () => said(9999)),
        today,
      ),
    ).toMatchObject({
      added: 1,
    });
  });

  test('the cap is 20,000 unless set, survives a restart, and does not count receipts', async () => {
    expect(defaultPolicy.maxFresh).toBe(20_000);
    const store = new MemoryStore();
    const registry = await open(store, { maxFresh: 1 });
    const source = await registry.newSource();
    await registry.accept(source, [said(1)], today);
    const again = await open(store, { maxFresh: 1 });
    const receipt = receiptOf(2, today);
    const offers: Offer[] = [said(2), { provenance: 'receipt', receipt }];
    expect(await again.accept(source, offers, today)).toMatchObject({
      added: 1,
      refused: [{ refusal: { name: 'source_cap' }, count: 1 }],
    });
  });

  test('a manual mark of somebody else is refused', async () => {
    const registry = await open();
    const offer: Offer = { provenance: 'manual', id: idOf(1), day: today };
    expect(await registry.accept(await registry.newSource(), [offer], today)).toMatchObject({
      added: 0,
      refused: [{ refusal: { name: 'foreign_manual' } }],
    });
  });

  test('a source that was taken back is not heard again, also after a restart', async () => {
    const store = new MemoryStore();
    const registry = await open(store);
    const source = await registry.newSource();
    await registry.accept(source, [said(1)], today);
    expect(await registry.takeBack(source)).toBe(1);
    const again = await open(store);
    for (const each of [registry, again]) {
      expect(await each.find(idOf(1), today)).toBeUndefined();
      expect(await each.accept(source, [said(1)], today)).toMatchObject({
        added: 0,
        refused: [{ refusal: { name: 'blocked_source' }, count: 1 }],
      });
    }
  });

  test('a disk that fails leaves the registry and its roots as they were', async () => {
    class FullStore extends MemoryStore {
      full = false;
      override async write(changes: readonly Change[]): Promise<void> {
        if (this.full) throw new Error('no space left');
        await super.write(changes);
      }
    }
    const store = new FullStore();
    const registry = await open(store);
    const source = await registry.newSource();
    await registry.accept(source, range(10), today);
    const window = { first: dayOf(today - 30), count: 31 };
    const root = hex(registry.windowRoot(window));
    store.full = true;
    await expect(registry.accept(source, range(20), today)).rejects.toThrow('no space left');
    await expect(registry.takeBack(source)).rejects.toThrow('no space left');
    expect(hex(registry.windowRoot(window))).toBe(root);
    store.full = false;
    expect(await registry.accept(source, range(20), today)).toMatchObject({ added: 10 });
  });

  test('on disk: a bad source is taken back, older dates return, and a restart has the same root', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'liquid-registry-'));
    try {
      const store = await LevelStore.open(folder);
      const registry = await open(store, { maxFresh: 10_000 });
      const good = await registry.newSource();
      await registry.accept(
        good,
        range(2000, (n) => said(n, dayOf(today - 3 - (n % 20)))),
        today,
      );
      const window = { first: dayOf(today - 30), count: 31 };
      const root = hex(registry.windowRoot(window));
      const bad = await registry.newSource();
      expect(await registry.accept(bad, range(4000), today)).toMatchObject({
        added: 2000,
        raised: 2000,
      });
      expect(hex(registry.windowRoot(window))).not.toBe(root);
      expect(await registry.takeBack(bad)).toBe(4000);
      expect(hex(registry.windowRoot(window))).toBe(root);
      await store.close();
      const reopened = await LevelStore.open(folder);
      expect(hex((await open(reopened)).windowRoot(window))).toBe(root);
      await reopened.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('sources are random numbers, never the owner’s and never used twice', async () => {
    const numbers = [0, 5, 5, 0, 6];
    const registry = await Registry.open(new MemoryStore(), { random: () => numbers.shift() ?? 7 });
    const sources: SourceId[] = [await registry.newSource(), await registry.newSource()];
    expect(sources).toEqual([5, 6]);
  });
});
