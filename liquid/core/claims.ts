/**
 * Claims: who says that an id was useful on which day. Merging them is commutative, associative and
 * idempotent, so registries that parted and met again agree whatever the order.
 */
import { assert } from '../../modules/_kernel/assert.ts';
import type { Day } from './days.ts';

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
  const best: Claim[] = [];
  for (const claim of lists.flat()) {
    const at = best.findIndex((known) => isSamePlace(known, claim));
    if (at < 0) best.push(claim);
    else if ((best[at] as Claim).day < claim.day) best[at] = claim;
  }
  return (best.length > maxClaims ? strongest(best) : best).sort(byPlace);
}

function isSamePlace(a: Claim, b: Claim): boolean {
  return a.source === b.source && a.provenance === b.provenance;
}

export function areEqual(a: Claims, b: Claims): boolean {
  return (
    a.length === b.length &&
    a.every((claim, i) => isSamePlace(claim, b[i] as Claim) && claim.day === b[i]?.day)
  );
}

/** What is left when a source is taken back. */
export function withoutSource(claims: Claims, source: SourceId): Claims {
  return claims.filter((claim) => claim.source !== source);
}

/** The date that the registry shows: the latest of all claims. */
export function visibleDay(claims: Claims): Day {
  assert(claims.length > 0, 'an id without claims is not in the registry');
  let latest = 0;
  for (const { day } of claims) if (day > latest) latest = day;
  return latest as Day;
}

export function isProven(claims: Claims): boolean {
  return claims.some(({ provenance }) => provenance === 'receipt');
}

/** 7 bytes each: provenance u8 (1 handshake, 2 receipt, 3 manual), source u32, day u16. */
export function encodeClaims(claims: Claims): Uint8Array {
  const bytes = new Uint8Array(claims.length * claimLength);
  claims.forEach(({ source, provenance, day }, i) => {
    const at = i * claimLength;
    bytes[at] = provenances.indexOf(provenance) + 1;
    bytes[at + 1] = source >>> 24;
    bytes[at + 2] = source >>> 16;
    bytes[at + 3] = source >>> 8;
    bytes[at + 4] = source;
    bytes[at + 5] = day >>> 8;
    bytes[at + 6] = day;
  });
  return bytes;
}

/** Of a record of the own store; a damaged one is a defect. */
export function decodeClaims(bytes: Uint8Array): Claims {
  assert(bytes.length > 0 && bytes.length % claimLength === 0, 'a damaged record of claims');
  const claims: Claim[] = [];
  for (let at = 0; at < bytes.length; at += claimLength) {
    const provenance = provenances[(bytes[at] as number) - 1];
    assert(provenance !== undefined, 'a claim of unknown provenance');
    claims.push({ source: sourceAt(bytes, at), provenance, day: dayAt(bytes, at) });
  }
  return claims;
}

function sourceAt(bytes: Uint8Array, at: number): SourceId {
  const low = 256 * (256 * (bytes[at + 2] as number) + (bytes[at + 3] as number));
  return (2 ** 24 * (bytes[at + 1] as number) + low + (bytes[at + 4] as number)) as SourceId;
}

function dayAt(bytes: Uint8Array, at: number): Day {
  return (256 * (bytes[at + 5] as number) + (bytes[at + 6] as number)) as Day;
}

/**
 * PERF: the latest day of a record without its claims as objects, of sources that count; undefined
 * where there is none.
 */
export function latestDay(
  bytes: Uint8Array,
  counts: (source: SourceId) => boolean,
): Day | undefined {
  assert(bytes.length > 0 && bytes.length % claimLength === 0, 'a damaged record of claims');
  let latest: Day | undefined;
  for (let at = 0; at < bytes.length; at += claimLength) {
    const day = dayAt(bytes, at);
    if ((latest === undefined || day > latest) && counts(sourceAt(bytes, at))) latest = day;
  }
  return latest;
}

function strongest(claims: Claims): Claim[] {
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
