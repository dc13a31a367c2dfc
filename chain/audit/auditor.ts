/**
 * The naive auditor: follows the facts of a chain from its beginning with books of its own, and
 * computes every figure again. Written from the specification alone (docs/spec, 002): it shares no
 * line with the modules, works on fractions and is in no hurry.
 */
import { Components } from './components.ts';
import { CouponBooks } from './coupon-books.ts';
import { Goods } from './goods.ts';
import { lengthOf } from './hours.ts';
import { Fields, type Figures, type SeenEvent } from './reading.ts';
import { Segments } from './segments.ts';
import { Tokens } from './tokens.ts';

/** Modules that have no figures: accounts, allowances, the host's own facts. */
const others = /^(accounts|feegrant|chain)\./;
const typed = /^artel\.([a-z]+)\.v1\.(\w+)$/;

export class Auditor {
  readonly #problems: string[] = [];
  readonly #complain = (problem: string): void => {
    if (this.#problems.length < 1000) this.#problems.push(`height ${this.#height}: ${problem}`);
  };
  readonly #segments = new Segments();
  readonly #tokens = new Tokens(this.#complain);
  readonly #components = new Components(this.#complain);
  readonly #goods = new Goods(this.#segments, this.#complain);
  readonly #coupons = new CouponBooks({
    components: this.#components,
    goods: this.#goods,
    segments: this.#segments,
    complain: this.#complain,
  });
  #height = 0n;

  /** What did not agree so far, a line each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** The facts of one block in their order; the genesis is one, too. */
  take(height: bigint, timeMs: bigint, events: readonly SeenEvent[]): void {
    this.#height = height;
    for (const event of events) {
      try {
        this.#event(event, timeMs);
      } catch (error) {
        this.#complain(`${event.type}: ${error instanceof Error ? error.message : error}`);
      }
    }
    this.#tokens.check();
    this.#balance();
  }

  /** Also what takes longer: whether components are what trust makes of them. */
  check(): void {
    this.#components.check();
  }

  figures(): Figures {
    const parts = [this.#tokens, this.#components, this.#goods, this.#coupons];
    const figures = new Map<string, bigint>();
    for (const part of parts) {
      for (const [name, value] of part.figures()) if (value !== 0n) figures.set(name, value);
    }
    return figures;
  }

  #event(event: SeenEvent, timeMs: bigint): void {
    if (event.type === 'tx') this.#tokens.payFee(new Fields(event));
    const [, module = '', name = ''] = typed.exec(event.type) ?? [];
    if (module === '') return;
    const fields = new Fields(event);
    const full = `${module}.${name}`;
    const known =
      others.test(full) ||
      this.#tokens.take(full, fields) ||
      this.#components.take(full, fields) ||
      (module === 'production' && this.#goods.take(name, fields, timeMs)) ||
      (module === 'coupons' && this.#coupons.take(name, fields));
    if (!known) this.#complain(`the auditor does not know the fact ${event.type}`);
  }

  /** G - K - P + D = 0 in every component (row 2-N1), from all books. */
  #balance(): void {
    const sums = new Map<bigint, bigint>();
    const add = (collective: bigint, amount: bigint): void => {
      const component = this.#components.of(collective);
      sums.set(component, (sums.get(component) ?? 0n) + amount);
    };
    for (const [collective, value] of this.#goods.exclusiveGoods().entries()) {
      add(BigInt(collective), value);
    }
    for (const [name, { value }] of this.#goods.pools) {
      const component = BigInt(name.split('/')[0] ?? '');
      sums.set(component, (sums.get(component) ?? 0n) + value);
    }
    for (const [collective, value] of this.#coupons.couponsByCollective().entries()) {
      add(BigInt(collective), -value);
    }
    for (const [store, difference] of this.#goods.stores.entries()) add(BigInt(store), -difference);
    for (const [name, { line, c, w }] of this.#goods.accounts) {
      const [collective = 0n, segment = 0n] = name.split('/').map(BigInt);
      if (segment < this.#coupons.nextOf(this.#components.of(collective))) continue;
      add(collective, -(lengthOf(line) - c - w));
    }
    for (const component of this.#components.all().keys()) {
      const sum = (sums.get(component) ?? 0n) + this.#coupons.debtOf(component);
      if (sum !== 0n) this.#complain(`component ${component}: G - K - P + D = ${sum}`);
    }
  }
}
