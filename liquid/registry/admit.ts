/**
 * What of a batch of claims comes in, and how it changes the ids that it names. Reads and returns
 * data only; the registry writes it.
 */
import { mapKey } from '../core/bytes.ts';
import { areEqual, type Claims, mergeClaims, type SourceId, visibleDay } from '../core/claims.ts';
import type { Day } from '../core/days.ts';
import type { Id } from '../core/id.ts';
import type { Receipt } from '../core/receipt.ts';
import { type Refusal, refusals } from '../core/refusals.ts';
import { isCapped, type Offer, offered, offerProblem, type Policy } from './policy.ts';

/** One line a reason, the first refusal of its kind with its data. */
export type Refused = readonly { readonly refusal: Refusal; readonly count: number }[];

export interface Merged {
  readonly id: Id;
  readonly before: Claims;
  readonly after: Claims;
}

export interface Admitted {
  /** Ids whose claims change, once each. */
  readonly merged: readonly Merged[];
  readonly receipts: readonly Receipt[];
  /** How many fresh claims the source has had taken today, these included. */
  readonly fresh: number;
  readonly refused: Refused;
  /** Ids whose claims were refused only because no receipt came with them. */
  readonly provable: readonly Id[];
}

interface Offerer {
  readonly source: SourceId;
  readonly isBlocked: boolean;
  readonly freshBefore: number;
}

/** `known` holds the claims of ids by `mapKey`. Offers are weighed in their order. */
export function admit(
  policy: Policy,
  { source, isBlocked, freshBefore }: Offerer,
  offers: readonly Offer[],
  known: ReadonlyMap<string, Claims>,
  today: Day,
): Admitted {
  const merged = new Map<string, Merged>();
  const receipts: Receipt[] = [];
  const refused = new Map<string, { refusal: Refusal; count: number }>();
  const provable: Id[] = [];
  const refuse = (refusal: Refusal, offer: Offer): void => {
    const { name } = refusal;
    if (name === 'unproven' || name === 'source_cap') provable.push(offered(offer).id);
    const same = refused.get(refusal.name);
    if (same === undefined) refused.set(refusal.name, { refusal, count: 1 });
    else same.count += 1;
  };
  let fresh = freshBefore;
  for (const offer of offers) {
    const problem = isBlocked
      ? refusals.blocked_source({ source })
      : offerProblem(policy, source, offer, today);
    if (problem !== undefined) {
      refuse(problem, offer);
      continue;
    }
    const { id, day, provenance } = offered(offer);
    const key = mapKey(id);
    const before = known.get(key) ?? [];
    const current = merged.get(key)?.after ?? before;
    const claim = [{ source, provenance, day }];
    const after = current.length === 0 ? claim : mergeClaims(current, claim);
    const hasEffect = current.length === 0 || visibleDay(after) > visibleDay(current);
    if (hasEffect && isCapped(policy, source, offer, today)) {
      if (fresh >= policy.maxFresh) {
        refuse(refusals.source_cap({ cap: policy.maxFresh }), offer);
        continue;
      }
      fresh += 1;
    }
    if (areEqual(current, after)) continue;
    merged.set(key, { id, before, after });
    if (offer.provenance === 'receipt') receipts.push(offer.receipt);
  }
  const changed = [...merged.values()];
  return { merged: changed, receipts, fresh, refused: [...refused.values()], provable };
}
