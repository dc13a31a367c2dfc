/**
 * The keys of a folder, any number of them. A record holds a secret and the day it was made, no
 * name and nothing of its owner; it is not encrypted, so the folder is its owner's alone.
 */
import { ascii, concat, hex, u32 } from '../core/bytes.ts';
import { type Day, dayOf, dayOfUnixSeconds } from '../core/days.ts';
import { type Id, idLength, idOfBytes, idOfKey } from '../core/id.ts';
import { generateKeyPair, type KeyPair, keyPair, type Scheme, schemeCode } from '../core/keys.ts';
import type { Store } from '../store/store.ts';

const table = ascii('k');

export interface StoredKey {
  readonly id: Id;
  readonly pair: KeyPair;
  readonly made: Day;
}

export class KeyTable {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** By id. */
  async list(): Promise<StoredKey[]> {
    const keys: StoredKey[] = [];
    const all = { gte: table, lt: concat(table, new Uint8Array(idLength + 1).fill(255)) };
    for await (const [key, value] of this.#store.range(all)) {
      const scheme: Scheme = value[0] === schemeCode.ed25519 ? 'ed25519' : 'secp256k1';
      const made = dayOf(new DataView(value.buffer, value.byteOffset).getUint32(1));
      keys.push({ id: idOfBytes(key.slice(1)), pair: keyPair(scheme, value.slice(5)), made });
    }
    return keys;
  }

  /** The keys whose id begins with these hexadecimal digits. */
  async find(beginning: string): Promise<StoredKey[]> {
    return (await this.list()).filter(({ id }) => hex(id).startsWith(beginning.toLowerCase()));
  }

  async generate(scheme: Scheme, count = 1): Promise<StoredKey[]> {
    const pairs = Array.from({ length: count }, () => generateKeyPair(scheme));
    return this.add(pairs);
  }

  /** Adding a key again changes nothing but its day. */
  async add(pairs: readonly KeyPair[]): Promise<StoredKey[]> {
    const made = dayOfUnixSeconds(this.#now());
    const keys = pairs.map((pair) => ({ id: idOfKey(pair.publicKey), pair, made }));
    await this.#store.write(
      keys.map(({ id, pair: { publicKey, secret } }) => {
        const scheme = Uint8Array.of(schemeCode[publicKey.scheme]);
        return [concat(table, id), concat(scheme, u32(made), secret)];
      }),
    );
    return keys;
  }

  /** Destroys a key: nobody can prove its id any more. */
  async delete(id: Id): Promise<void> {
    await this.#store.write([[concat(table, id), undefined]]);
  }
}
