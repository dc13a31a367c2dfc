/**
 * What pairs keep of their last session across restarts: the key of its sketches and its ticket,
 * under both sides' keys, so that a new key of the same person is a stranger. The sketch itself is
 * made again from the registry, before anybody waits for it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ascii, concat } from '../core/bytes.ts';
import type { Day } from '../core/days.ts';
import type { Store } from '../store/store.ts';
import { ticketLength } from '../sync/agreement.ts';
import type { KeptPair } from '../sync/pairs.ts';

const table = ascii('q');
/** A pair that has not met for so many days begins anew. */
const keptDays = 60;

export class PairTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** `pair`: the own public key || that of the other side. */
  async load(pair: Uint8Array): Promise<KeptPair | undefined> {
    const [bytes] = await this.#store.getMany([nameOf(pair)]);
    if (bytes === undefined) return undefined;
    return { ticket: bytes.slice(2, 2 + ticketLength), key: bytes.slice(2 + ticketLength) };
  }

  /** In place of what was there before; pairs that have not met for long are forgotten. */
  async save(pair: Uint8Array, { ticket, key }: KeptPair, today: Day): Promise<void> {
    const old: Uint8Array[] = [];
    for await (const [name, bytes] of this.#store.range({ gte: table, lt: ascii('r') })) {
      const met = 256 * (bytes[0] ?? 0) + (bytes[1] ?? 0);
      if (today - met > keptDays) old.push(name);
    }
    const day = Uint8Array.of(today >>> 8, today);
    await this.#store.write([
      ...old.map((name) => [name, undefined] as const),
      [nameOf(pair), concat(day, ticket, key)],
    ]);
  }
}

/** A hash, so that whoever finds the folder can't read who was met. */
function nameOf(pair: Uint8Array): Uint8Array {
  return concat(table, sha256(pair).subarray(0, 20));
}
