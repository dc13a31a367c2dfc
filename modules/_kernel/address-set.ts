/**
 * A set of addresses that may be a million: 21 bytes each and as much in reserve, where a `Set` of
 * their texts takes five times that.
 */
import { type Address, addressBytes, addressLength } from './address.ts';

export class AddressSet {
  #slots = 1024;
  #taken = new Uint8Array(this.#slots);
  #bytes = new Uint8Array(this.#slots * addressLength);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False where it is in the set already. */
  add(address: Address): boolean {
    if (2 * this.#size >= this.#slots) this.#grow();
    return this.#place(addressBytes(address));
  }

  #place(bytes: Uint8Array): boolean {
    // Addresses are hashes: their first bytes spread by themselves.
    const view = new DataView(bytes.buffer, bytes.byteOffset, addressLength);
    for (
      let slot = view.getUint32(0) & (this.#slots - 1);
      ;
      slot = (slot + 1) & (this.#slots - 1)
    ) {
      if (this.#taken[slot] === 1) {
        if (this.#holds(slot, bytes)) return false;
        continue;
      }
      this.#taken[slot] = 1;
      this.#bytes.set(bytes, slot * addressLength);
      this.#size += 1;
      return true;
    }
  }

  #holds(slot: number, bytes: Uint8Array): boolean {
    const from = slot * addressLength;
    for (let at = 0; at < addressLength; at += 1) {
      if (this.#bytes[from + at] !== bytes[at]) return false;
    }
    return true;
  }

  #grow(): void {
    const [taken, bytes] = [this.#taken, this.#bytes];
    this.#slots *= 2;
    this.#size = 0;
    this.#taken = new Uint8Array(this.#slots);
    this.#bytes = new Uint8Array(this.#slots * addressLength);
    for (const [slot, isTaken] of taken.entries()) {
      const from = slot * addressLength;
      if (isTaken === 1) this.#place(bytes.subarray(from, from + addressLength));
    }
  }
}
