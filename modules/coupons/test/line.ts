/** The line of one collective and segment, as the module that registers workloads keeps it. */
import { credit, type Rate, type StornoPair, type Stretch } from '../claims.ts';

export class Line {
  total = 0n;
  /** Workloads that can be claimed, in order of registration. */
  open: readonly Stretch[] = [];
  pairs: readonly StornoPair[] = [];

  static of(amounts: readonly bigint[]): Line {
    const line = new Line();
    for (const amount of amounts) line.add(amount);
    return line;
  }

  add(amount: bigint): Stretch {
    const stretch = { before: this.total, amount };
    this.total += amount;
    this.open = [...this.open, stretch];
    return stretch;
  }

  cancel(stretch: Stretch): void {
    this.pairs = [...this.pairs, { ...stretch, total: this.total }];
    this.open = this.open.filter((other) => other !== stretch);
    this.total -= stretch.amount;
  }

  credits(rate: Rate, offset: bigint): readonly bigint[] {
    return this.open.map((stretch) => credit(rate, offset, stretch));
  }
}
