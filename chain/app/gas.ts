/**
 * Gas: a deterministic measure of the work of a transaction. What each thing costs stands in
 * `modules/accounts/gas.ts`; this file counts.
 */

/** What the host charges for. Costs are in gas units. */
export interface GasCosts {
  readonly read: number;
  readonly readByte: number;
  readonly write: number;
  readonly writeByte: number;
  readonly delete: number;
  readonly iterate: number;
}

/** Thrown through a decider when the limit is passed; the pipeline turns it into a refusal. */
export class OutOfGas extends Error {
  readonly used: number;
  readonly limit: number;

  constructor(used: number, limit: number) {
    super(`out of gas: ${used} of ${limit} used`);
    this.name = 'OutOfGas';
    this.used = used;
    this.limit = limit;
  }
}

/** Counts gas up to a limit. `Infinity` only counts. */
export class Meter {
  readonly limit: number;
  #used = 0;

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  charge(amount: number): void {
    this.#used += amount;
    if (this.#used > this.limit) throw new OutOfGas(this.#used, this.limit);
  }
}
