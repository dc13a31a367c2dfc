/** Balances and bonds in uhub, from the facts of bank and validators. */
import { moduleAddress } from '../../modules/_kernel/address.ts';
import type { Fields } from './reading.ts';
import { Sums } from './reading.ts';

const feeCollector = moduleAddress('fee_collector');
const bondPool = moduleAddress('bonded_pool');

type Complain = (problem: string) => void;

export class Tokens {
  readonly #balances = new Sums();
  readonly #bonds = new Sums();
  readonly #unbondings = new Sums();
  readonly #complain: Complain;
  #supply = 0n;

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  /** True where the fact is one of these modules'. */
  take(type: string, fields: Fields): boolean {
    const amount = (): bigint => fields.number('amount_uhub');
    switch (type) {
      case 'bank.Minted':
        this.#supply += amount();
        this.#pay(fields.text('recipient'), amount());
        return true;
      case 'bank.Burned':
        this.#supply -= amount();
        this.#pay(fields.text('holder'), -amount());
        return true;
      case 'bank.Transferred':
        this.#pay(fields.text('sender'), -amount());
        this.#pay(fields.text('recipient'), amount());
        return true;
      case 'validators.Bonded':
        this.#bonds.add(fields.text('owner'), amount());
        return true;
      case 'validators.ValidatorImported':
        this.#bonds.add(fields.text('owner'), fields.number('bond_uhub'));
        return true;
      case 'validators.UnbondingImported':
        this.#unbondings.add(fields.text('id'), amount());
        return true;
      case 'validators.UnbondingBegun':
        this.#bonds.add(fields.text('owner'), -amount());
        this.#unbondings.add(fields.text('id'), amount());
        return true;
      case 'validators.UnbondingFinished':
        if (this.#unbondings.get(fields.text('id')) !== amount()) {
          this.#complain(`unbonding ${fields.text('id')} pays ${amount()}uhub`);
        }
        this.#unbondings.delete(fields.text('id'));
        return true;
      case 'validators.BondCut':
        this.#cut(fields);
        return true;
      default:
        return type.startsWith('bank.') ? this.#unknown(type) : type.startsWith('validators.');
    }
  }

  /** Blocks tell the fee of a transaction by its `tx` events alone. */
  payFee(fields: Fields): void {
    if (!fields.has('fee')) return;
    const amount = BigInt(fields.text('fee').replace('uhub', ''));
    if (amount === 0n) return;
    this.#pay(fields.text('fee_payer'), -amount);
    this.#pay(feeCollector, amount);
  }

  /** What must be so after a block. */
  check(): void {
    let [held, sum] = [0n, 0n];
    for (const [, amount] of this.#balances.entries()) held += amount;
    if (held !== this.#supply) this.#complain(`${held}uhub are held, ${this.#supply}uhub exist`);
    for (const [, amount] of this.#bonds.entries()) sum += amount;
    for (const [, amount] of this.#unbondings.entries()) sum += amount;
    const pool = this.#balances.get(bondPool);
    if (pool !== sum) this.#complain(`the bond pool holds ${pool}uhub, ${sum}uhub are due`);
  }

  *figures(): Iterable<readonly [name: string, value: bigint]> {
    for (const [holder, amount] of this.#balances.entries()) yield [`balance ${holder}`, amount];
    for (const [owner, amount] of this.#bonds.entries()) yield [`bond ${owner}`, amount];
    yield ['supply', this.#supply];
  }

  #pay(holder: string, amount: bigint): void {
    this.#balances.add(holder, amount);
    const balance = this.#balances.get(holder);
    if (balance < 0n) this.#complain(`the balance of ${holder} is ${balance}uhub`);
  }

  #cut(fields: Fields): void {
    this.#bonds.add(fields.text('owner'), -fields.number('bond_cut_uhub'));
    const cuts = (fields.json('unbonding_cuts') ?? []) as readonly {
      readonly id: string;
      readonly amountUhub: string;
    }[];
    let sum = fields.number('bond_cut_uhub');
    for (const { id, amountUhub } of cuts) {
      this.#unbondings.add(id, -BigInt(amountUhub));
      sum += BigInt(amountUhub);
    }
    if (sum !== fields.number('amount_uhub')) this.#complain(`a cut of ${sum}uhub is told wrong`);
  }

  #unknown(type: string): boolean {
    this.#complain(`the auditor does not know the fact ${type}`);
    return true;
  }
}
