/** Brings many marks into a folder, in batches, as the owner's or as those of a new source. */
import { type Claims, decodeClaims, type SourceId, self } from '../core/claims.ts';
import type { Id } from '../core/id.ts';
import type { Refused } from '../registry/admit.ts';
import { lastId, under } from '../registry/layout.ts';
import type { Offer } from '../registry/policy.ts';
import type { Store } from '../store/store.ts';
import type { Folder } from './folder.ts';

export interface BroughtIn {
  readonly added: number;
  readonly raised: number;
  /** One line a reason. */
  readonly refused: Refused;
  /** Absent for the owner's. */
  readonly source?: SourceId;
}

const batchSize = 20_000;

/** A batch is written whole or not at all; what came in before a full disk stays. */
export async function bringIn(
  folder: Folder,
  source: SourceId,
  offers: AsyncIterable<Offer> | Iterable<Offer>,
  onBatch: (count: number) => void = () => {},
): Promise<BroughtIn> {
  let [added, raised] = [0, 0];
  const refused = new Map<string, Refused[number]>();
  const take = async (batch: readonly Offer[]): Promise<void> => {
    const taken = await folder.registry.accept(source, batch, folder.today);
    added += taken.added;
    raised += taken.raised;
    for (const { refusal, count } of taken.refused) {
      const before = refused.get(refusal.name)?.count ?? 0;
      refused.set(refusal.name, { refusal, count: before + count });
    }
    onBatch(batch.length);
  };
  let batch: Offer[] = [];
  for await (const offer of offers) {
    if (batch.push(offer) < batchSize) continue;
    await take(batch);
    batch = [];
  }
  if (batch.length > 0) await take(batch);
  const outcome = { added, raised, refused: [...refused.values()] };
  return source === self ? outcome : { ...outcome, source };
}

/** Everything that is kept, withheld ids too, ascending by id. */
export async function* records(
  store: Store,
): AsyncGenerator<{ readonly id: Id; readonly claims: Claims }> {
  for await (const [key, value] of store.range(under('claims'))) {
    yield { id: lastId(key), claims: decodeClaims(value) };
  }
}
