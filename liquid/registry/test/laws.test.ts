import fc from 'fast-check';
import { hex } from '../../core/bytes.ts';
import {
  type Claim,
  type Claims,
  decodeClaims,
  encodeClaims,
  maxClaims,
  mergeClaims,
  type SourceId,
  self,
  visibleDay,
  withoutSource,
} from '../../core/claims.ts';
import { dayOf } from '../../core/days.ts';
import { idOfBytes } from '../../core/id.ts';
import { MemoryStore } from '../../store/memory.ts';
import { defaultPolicy, type Offer } from '../policy.ts';
import { Registry } from '../registry.ts';

const today = dayOf(20_000);
const policy = { ...defaultPolicy, maxAge: 30, maxFresh: 1_000_000 };

const claim = fc.record({
  source: fc.nat(14).map((n) => n as SourceId),
  provenance: fc.constantFrom('handshake', 'handshake', 'handshake', 'receipt', 'manual'),
  day: fc.integer({ min: 19_970, max: 20_001 }).map(dayOf),
}) as fc.Arbitrary<Claim>;
const claims = fc.array(claim, { maxLength: 30 });

/** What one side says to another, as one frame brings it. */
interface Said {
  readonly source: SourceId;
  readonly offer: Offer;
}
const saying = fc
  .record({
    source: fc.nat(7),
    id: fc.nat(5),
    day: fc.integer({ min: 19_968, max: 20_003 }),
  })
  .map(({ source, id, day }): Said => {
    const bytes = new Uint8Array(20);
    bytes[id] = 1;
    return {
      source: (100 + source) as SourceId,
      offer: { provenance: 'handshake', id: idOfBytes(bytes), day: dayOf(day) },
    };
  });
const history = fc.array(saying, { maxLength: 40 });

async function told(said: readonly Said[], size = 1): Promise<[Registry, MemoryStore]> {
  const store = new MemoryStore();
  const registry = await Registry.open(store, { policy, random: () => 1 });
  for (const source of new Set(said.map((each) => each.source))) {
    const offers = said.filter((each) => each.source === source).map(({ offer }) => offer);
    for (let at = 0; at < offers.length; at += size) {
      await registry.accept(source, offers.slice(at, at + size), today);
    }
  }
  return [registry, store];
}

/** Claims and receipts: the rest is about sessions and batches, not marks. */
function marks(store: MemoryStore): string[] {
  return store
    .entries()
    .filter(([key]) => key[0] === 0x69 || key[0] === 0x72)
    .map(([key, value]) => `${hex(key)} ${hex(value)}`);
}

function outOf(store: MemoryStore): Said[] {
  return store
    .entries()
    .filter(([key]) => key[0] === 0x69)
    .flatMap(([key, value]) =>
      decodeClaims(value).map(({ source, day }) => ({
        source,
        offer: { provenance: 'handshake' as const, id: idOfBytes(key.slice(1)), day },
      })),
    );
}

describe('laws of merging', () => {
  test('0-P11 merging claims is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(claims, claims, claims, (a, b, c) => {
        const merged = mergeClaims(a, b, c);
        expect(mergeClaims(c, b, a)).toEqual(merged);
        expect(mergeClaims(mergeClaims(a, b), c)).toEqual(merged);
        expect(mergeClaims(a, mergeClaims(b, c))).toEqual(merged);
        expect(mergeClaims(merged, merged)).toEqual(merged);
        if (merged.length > 0) expect(decodeClaims(encodeClaims(merged))).toEqual(merged);
      }),
      { numRuns: 1000 },
    );
  });

  test('0-P11 the date shown is the latest that was claimed, never a later one', () => {
    fc.assert(
      fc.property(
        claims.filter((list) => list.length > 0),
        (list) => {
          expect(visibleDay(mergeClaims(list))).toBe(Math.max(...list.map(({ day }) => day)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('an id keeps 8 claims, receipted and manual ones always', () => {
    fc.assert(
      fc.property(claims, (list) => {
        const merged = mergeClaims(list);
        const stays = (each: Claims): string[] =>
          each
            .filter(({ provenance }) => provenance !== 'handshake')
            .map(({ source, provenance }) => `${source}/${provenance}`);
        expect(stays(merged)).toEqual([...new Set(stays(list))].toSorted(naturally));
        expect(merged.length).toBeLessThanOrEqual(Math.max(maxClaims, stays(merged).length + 1));
      }),
    );
  });

  test('taking back up to 7 sources shows the date of who never met them, however many claimed', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(claim, { selector: ({ source }) => source, minLength: 9, maxLength: 15 }),
        fc.nat(6),
        (list, last) => {
          const said = list.map((each) => ({ ...each, provenance: 'handshake' as const }));
          const bad = said.slice(0, last + 1).map(({ source }) => source);
          const left = bad.reduce<Claims>(withoutSource, mergeClaims(said));
          const never = mergeClaims(said.filter(({ source }) => !bad.includes(source)));
          expect(visibleDay(left)).toBe(visibleDay(never));
        },
      ),
    );
  });

  test('0-P11 two registries that part and meet again are equal, byte for byte, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(history, history, fc.integer({ min: 1, max: 9 }), async (a, b, size) => {
        const [, one] = await told([...a, ...b]);
        const [, other] = await told([...b.toReversed(), ...a, ...a], size);
        expect(marks(other)).toEqual(marks(one));
        const [left, right] = [(await told(a))[1], (await told(b))[1]];
        const [, met] = await told([...outOf(right), ...outOf(left)], size);
        expect(marks(met)).toEqual(marks(one));
      }),
      { numRuns: 1000 },
    );
  });

  test('a source taken back leaves exactly the registry that never met it', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(7), async (said, n) => {
        const bad = (100 + n) as SourceId;
        const [registry, store] = await told(said);
        await registry.takeBack(bad);
        const [never, other] = await told(said.filter(({ source }) => source !== bad));
        expect(marks(store)).toEqual(marks(other));
        const window = { first: dayOf(19_968), count: 40 };
        expect(hex(registry.windowRoot(window))).toBe(hex(never.windowRoot(window)));
      }),
      { numRuns: 300 },
    );
  });

  test('nothing stored is later than what came in, nor than tomorrow', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (said) => {
        const [, store] = await told(said);
        for (const { source, offer } of outOf(store)) {
          expect(said).toContainEqual({ source, offer });
          if (offer.provenance !== 'receipt') expect(offer.day).toBeLessThanOrEqual(today + 1);
        }
        expect(outOf(store).some(({ source }) => source === self)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

/** Sources as numbers, then receipts before manual marks. */
function naturally(a: string, b: string): number {
  const [first = '', second = ''] = [a.split('/')[0], b.split('/')[0]];
  return Number(first) - Number(second) || (a.endsWith('receipt') ? -1 : 1);
}
