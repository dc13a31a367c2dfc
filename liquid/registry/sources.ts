/** Who was met: a state and a count of batches for each local source number. */
import { concat, readU32, u32 } from '../core/bytes.ts';
import { type SourceId, self } from '../core/claims.ts';
import type { Change } from '../store/store.ts';
import { sourceKey } from './layout.ts';

/**
 * In the order of their numbers on disk, from 1 on. `suspected` told something untrue; the claims
 * of a `quarantined` one are kept but count for nothing; of one `taken_back` nothing is left or
 * heard.
 */
const states = ['known', 'suspected', 'quarantined', 'taken_back'] as const;
export type SourceState = (typeof states)[number];

interface Record {
  readonly state: SourceState;
  /** The number of its next list of ids. */
  readonly next: number;
}

export class Sources {
  readonly #records = new Map<SourceId, Record>();
  #quarantined = 0;

  /** As read from the store. */
  load(source: SourceId, bytes: Uint8Array): void {
    this.#set(source, { state: states[(bytes[0] ?? 1) - 1] ?? 'known', next: readU32(bytes, 1) });
  }

  has(source: SourceId): boolean {
    return source === self || this.#records.has(source);
  }

  stateOf(source: SourceId): SourceState {
    return this.#records.get(source)?.state ?? 'known';
  }

  isQuarantined(source: SourceId): boolean {
    return this.#quarantined > 0 && this.stateOf(source) === 'quarantined';
  }

  nextList(source: SourceId): number {
    return this.#records.get(source)?.next ?? 0;
  }

  /** What is written first; `settle` follows once it is on the disk. */
  change(source: SourceId, state: SourceState, next = this.nextList(source)): Change {
    return [sourceKey(source), concat(Uint8Array.of(states.indexOf(state) + 1), u32(next))];
  }

  settle(source: SourceId, state: SourceState, next = this.nextList(source)): void {
    this.#set(source, { state, next });
  }

  /** All but the owner. */
  list(): { readonly source: SourceId; readonly state: SourceState }[] {
    return Array.from(this.#records, ([source, { state }]) => ({ source, state })).filter(
      ({ source }) => source !== self,
    );
  }

  #set(source: SourceId, record: Record): void {
    if (this.isQuarantined(source)) this.#quarantined -= 1;
    if (record.state === 'quarantined') this.#quarantined += 1;
    this.#records.set(source, record);
  }
}
