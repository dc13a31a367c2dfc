/**
 * Claims: who says that an id was useful on which day. Merging them is commutative, associative and
 * idempotent, so registries that parted and met again agree whatever the order.
 */
import { assert } from '../../modules/_kernel/assert.ts';
import { concat, readU32, u16, u32 } from './bytes.ts';
import { type Day, dayOf } from './days.ts';

declare const source: unique symbol;
/** A local random number for one session with one peer; it names nobody and never travels. */
export type SourceId = number & { readonly [source]: true };

/** The owner of the registry. */
export const self = 0 as SourceId;

/** `handshake`: the word of the other side; `receipt`: proved; `manual`: marked by the owner. */
export type Provenance = 'handshake' | 'receipt' | 'manual';

const provenances: readonly Provenance[] = ['handshake', 'receipt', 'manual'];

export interface Claim {
  readonly source: SourceId;
  readonly provenance: Provenance;
  readonly day: Day;
}

/**
 * Claims of one id, at least one, sorted by source and provenance, one each. An id keeps the
 * strongest 8; receipted and manual ones always stay, and so does the strongest of the others, so
 * that the visible day is the latest that was ever claimed.
 */
export type Claims = readonly Claim[];

export const maxClaims = 8;
const claimLength = 7;

export function mergeClaims(...lists: readonly Claims[]): Claims {
  const best = new Map<string, Claim>();
  for (const claim of lists.flat()) {
    const key = `${claim.source}/${claim.provenance}`;
    const known = best.get(key);
    if (known === undefined || known.day < claim.day) best.set(key, claim);
  }
  return strongest([...best.values()]).toSorted(byPlace);
}

/** What is left when a source is taken back. */
export function withoutSource(claims: Claims, source: SourceId): Claims {
  return claims.filter((claim) => claim.source !== source);
}

/** The date that the registry shows: the latest of all claims. */
export function visibleDay(claims: Claims): Day {
  assert(claims.length > 0, 'an id without claims is not in the registry');
  return Math.max(...claims.map(({ day }) => day)) as Day;
}

export function isProven(claims: Claims): boolean {
  return claims.some(({ provenance }) => provenance === 'receipt');
}

/** 7 bytes each: provenance u8 (1 handshake, 2 receipt, 3 manual), source u32, day u16. */
export function encodeClaims(claims: Claims): Uint8Array {
  return concat(
    ...claims.flatMap(({ source, provenance, day }) => [
      Uint8Array.of(provenances.indexOf(provenance) + 1),
      u32(source),
      u16(day),
    ]),
  );
}

/** Of a record of the own store; a damaged one is a defect. */
export function decodeClaims(bytes: Uint8Array): Claims {
  assert(bytes.length > 0 && bytes.length % claimLength === 0, 'a damaged record of claims');
  return Array.from({ length: bytes.length / claimLength }, (_, i) => {
    const at = i * claimLength;
    const provenance = provenances[(bytes[at] as number) - 1];
    assert(provenance !== undefined, 'a claim of unknown provenance');
    const day = dayOf(256 * (bytes[at + 5] as number) + (bytes[at + 6] as number));
    return { source: readU32(bytes, at + 1) as SourceId, provenance, day };
  });
}

function strongest(claims: Claims): Claims {
  const staying = claims.filter(({ provenance }) => provenance !== 'handshake');
  const others = claims.filter(({ provenance }) => provenance === 'handshake');
  const room = Math.max(1, maxClaims - staying.length);
  return [...staying, ...others.toSorted(byStrength).slice(0, room)];
}

/** Later days first; of equal ones the lower source, the owner before all, so no order matters. */
function byStrength(a: Claim, b: Claim): number {
  return b.day - a.day || a.source - b.source;
}

function byPlace(a: Claim, b: Claim): number {
  return (
    a.source - b.source || provenances.indexOf(a.provenance) - provenances.indexOf(b.provenance)
  );
}
