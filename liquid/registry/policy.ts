/** What the owner of a registry lets in: filter, caps, proofs. Everybody sets their own. */
import { type Provenance, type SourceId, self } from '../core/claims.ts';
import { type Day, daySkew, isKept } from '../core/days.ts';
import type { Id } from '../core/id.ts';
import type { Receipt } from '../core/receipt.ts';
import { type Refusal, refusals } from '../core/refusals.ts';

export interface Policy {
  /** Marks older than this many days are neither kept nor shown. */
  readonly maxAge: number;
  /** Unreceipted fresh claims with effect that one source may make a UTC day. */
  readonly maxFresh: number;
  /** A claim is fresh up to this age in days: what could make an id last longer than any other. */
  readonly freshAge: number;
  /** Take only what is proved by a receipt from others. */
  readonly receiptedOnly: boolean;
}

export const defaultPolicy: Policy = {
  maxAge: 30,
  maxFresh: 20_000,
  freshAge: 1,
  receiptedOnly: false,
};

/** A claim on its way in. A receipt says itself which id and day it is about. */
export type Offer =
  | { readonly provenance: 'handshake' | 'manual'; readonly id: Id; readonly day: Day }
  | { readonly provenance: 'receipt'; readonly receipt: Receipt };

export function offered(offer: Offer): { id: Id; day: Day; provenance: Provenance } {
  const { id, day } = offer.provenance === 'receipt' ? offer.receipt : offer;
  return { id, day, provenance: offer.provenance };
}

/** Why a claim can't come in, whatever is known of its id. */
export function offerProblem(
  policy: Policy,
  source: SourceId,
  offer: Offer,
  today: Day,
): Refusal | undefined {
  const { day, provenance } = offered(offer);
  if (provenance === 'manual' && source !== self) return refusals.foreign_manual();
  if (day > today + daySkew) return refusals.future_date({ day, latest: today + daySkew });
  if (!isKept(today, policy.maxAge, day)) {
    return refusals.too_old({ day, earliest: today - policy.maxAge });
  }
  if (policy.receiptedOnly && source !== self && provenance !== 'receipt') {
    return refusals.unproven();
  }
  return undefined;
}

/** Whether a claim with effect counts against its source's cap. */
export function isCapped(policy: Policy, source: SourceId, offer: Offer, today: Day): boolean {
  const { day, provenance } = offered(offer);
  return source !== self && provenance !== 'receipt' && today - day <= policy.freshAge;
}
