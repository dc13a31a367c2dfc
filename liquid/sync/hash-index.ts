/** Hashes of 64 bits by their order of coming, found again in constant time. */

export type Salt = readonly [number, number];

export class HashIndex {
  readonly #salt: Salt;
  #low = new Int32Array(16);
  #high = new Int32Array(16);
  #size = 0;
  /** Open addressing: places plus one, 0 where there is none; at most half full. */
  #slots = new Uint32Array(64);

  /** `salt`: random words that the other side doesn't know, so that it can't choose collisions. */
  constructor(salt: Salt) {
    this.#salt = salt;
  }

  get size(): number {
    return this.#size;
  }

  at(place: number): readonly [low: number, high: number] {
    return [this.#low[place] as number, this.#high[place] as number];
  }

  /** Its place, or -1. */
  find(low: number, high: number): number {
    let slot = this.#slotOf(low, high);
    for (;;) {
      const place = (this.#slots[slot] as number) - 1;
      if (place < 0) return -1;
      if (this.#low[place] === (low | 0) && this.#high[place] === (high | 0)) return place;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
  }

  /** Of a hash that is not there yet. */
  add(low: number, high: number): number {
    const place = this.#size;
    if (place === this.#low.length) this.#grow();
    this.#low[place] = low;
    this.#high[place] = high;
    this.#size += 1;
    this.#put(place);
    return place;
  }

  /** The hashes at the places that are wanted, in their order. */
  filter(isWanted: (place: number) => boolean): HashIndex {
    const filtered = new HashIndex(this.#salt);
    for (let place = 0; place < this.#size; place += 1) {
      if (isWanted(place)) filtered.add(...this.at(place));
    }
    return filtered;
  }

  #slotOf(low: number, high: number): number {
    const mixed = Math.imul(low, this.#salt[0] | 1) + Math.imul(high, this.#salt[1] | 1);
    return (mixed >>> 0) >>> (Math.clz32(this.#slots.length) + 1);
  }

  #put(place: number): void {
    let slot = this.#slotOf(this.#low[place] as number, this.#high[place] as number);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = place + 1;
  }

  #grow(): void {
    const room = 2 * this.#low.length;
    const [low, high] = [this.#low, this.#high];
    this.#low = new Int32Array(room);
    this.#low.set(low);
    this.#high = new Int32Array(room);
    this.#high.set(high);
    this.#slots = new Uint32Array(4 * room);
    for (let place = 0; place < this.#size; place += 1) this.#put(place);
  }
}
