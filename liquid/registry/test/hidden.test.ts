import fc from 'fast-check';
import { hex } from '../../core/bytes.ts';
import { type SourceId, self } from '../../core/claims.ts';
import { dayOf } from '../../core/days.ts';
import { idOfBytes } from '../../core/id.ts';
import { MemoryStore } from '../../store/memory.ts';
import { defaultPolicy } from '../policy.ts';
import { Registry } from '../registry.ts';

const today = dayOf(20_000);
const policy = { ...defaultPolicy, maxAge: 30, maxFresh: 1_000_000 };
const window = { first: dayOf(today - 31), count: 34 };

interface Said {
  readonly source: SourceId;
  readonly id: number;
  readonly day: number;
}

const said = fc.record({
  source: fc.nat(5).map((n) => (100 + n) as SourceId),
  id: fc.nat(6),
  day: fc.integer({ min: 19_968, max: 20_003 }),
});

const idOf = (n: number) => idOfBytes(new Uint8Array(20).fill(n + 1));

async function told(history: readonly Said[], store = new MemoryStore()): Promise<Registry> {
  const registry = await Registry.open(store, { policy, random: () => 1 });
  for (const { source, id, day } of history) {
    const offer = { provenance: 'handshake' as const, id: idOf(id), day: dayOf(day) };
    await registry.accept(source, [offer], today);
  }
  return registry;
}

const seen = (registry: Registry): string =>
  `${hex(registry.windowRoot(window))} ${registry.snapshot(window).counters.join()}`;

describe('what is not counted and not told', () => {
  test('a source in quarantine counts as little as one that was never met, before or after', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { maxLength: 30 }),
        fc.nat(5),
        fc.nat(30),
        async (all, n, at) => {
          const bad = (100 + n) as SourceId;
          const store = new MemoryStore();
          const registry = await told(all.slice(0, at), store);
          await registry.quarantine(bad);
          for (const { source, id, day } of all.slice(at)) {
            const offer = { provenance: 'handshake' as const, id: idOf(id), day: dayOf(day) };
            await registry.accept(source, [offer], today);
          }
          const never = await told(all.filter(({ source }) => source !== bad));
          expect(seen(registry)).toBe(seen(never));
          expect(seen(await told([], store))).toBe(seen(registry));
          await registry.release(bad);
          expect(seen(registry)).toBe(seen(await told(all)));
          await registry.quarantine(bad);
          await registry.takeBack(bad);
          expect(seen(registry)).toBe(seen(never));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a withheld id leaves no trace in what peers compare, whatever is said of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { maxLength: 30 }),
        fc.nat(6),
        fc.nat(30),
        async (all, n, at) => {
          const store = new MemoryStore();
          const registry = await told(all.slice(0, at), store);
          await registry.withhold(idOf(n));
          for (const { source, id, day } of all.slice(at)) {
            const offer = { provenance: 'handshake' as const, id: idOf(id), day: dayOf(day) };
            await registry.accept(source, [offer], today);
          }
          expect(seen(registry)).toBe(seen(await told(all.filter(({ id }) => id !== n))));
          expect(seen(await told([], store))).toBe(seen(registry));
          const open = await told(all);
          expect(registry.statistics(today)).toEqual(open.statistics(today));
          expect(await registry.find(idOf(n), today)).toEqual(await open.find(idOf(n), today));
          await registry.tell(idOf(n));
          expect(seen(registry)).toBe(seen(open));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a purge takes old ids only, also withheld and quarantined ones, and old nonces', async () => {
    const store = new MemoryStore();
    const registry = await told([], store);
    const manual = (n: number, day: number) => ({
      provenance: 'manual' as const,
      id: idOf(n),
      day: dayOf(day),
    });
    const source = await registry.newSource();
    await registry.accept(self, [manual(1, 19_980), manual(2, 19_980), manual(3, 20_000)], today);
    const doubtful = { provenance: 'handshake' as const, id: idOf(4), day: dayOf(19_980) };
    await registry.accept(source, [doubtful], today);
    await registry.withhold(idOf(2));
    await registry.quarantine(source);
    const nonce = new Uint8Array(16).fill(5);
    expect(await registry.useNonce(nonce, today * 86_400 + 600)).toBe(true);
    expect(await registry.useNonce(nonce, today * 86_400 + 600)).toBe(false);
    expect(await registry.purge(today)).toBe(0);
    expect(await registry.purge(dayOf(today + 11))).toBe(3);
    expect(await registry.useNonce(nonce, today * 86_400 + 600)).toBe(true);
    const claims = store.entries().filter(([key]) => key[0] === 0x69);
    expect(claims.map(([key]) => hex(key.slice(1)))).toEqual([hex(idOf(3))]);
    await registry.purge(dayOf(today + 40));
    expect(
      store.entries().filter(([key]) => 'isf'.includes(String.fromCharCode(key[0] ?? 0))),
    ).toEqual([]);
  });
});
