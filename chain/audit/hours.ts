/** Hours of a collective in a segment: the line that D2.14 draws, and c and w beside it. */

/** Time worked, or taken back: one entry of the line of a collective and segment. */
export interface LineEntry {
  readonly workload: bigint;
  readonly amount: bigint;
  readonly back: boolean;
}

/** a, c and w of a collective in a segment, with the line that `a` is the end of. */
export interface Account {
  readonly line: LineEntry[];
  c: bigint;
  w: bigint;
}

/** S of D2.14: everything on the line, what was taken back taken off. */
export function lengthOf(line: readonly LineEntry[]): bigint {
  return line.reduce((sum, { amount, back }) => sum + (back ? -amount : amount), 0n);
}
