/**
 * How many of the earliest blocks CometBFT may forget after a commit: as many as nobody needs, for
 * evidence, for nodes that join by a snapshot, or because the operator wants them.
 */

/** What a node decides for itself. */
export interface BlockRetention {
  /** Blocks that stay in any case, the last one included; 0: what others need is enough. */
  readonly minBlocks: bigint;
}

export interface RetainInput {
  /** The last block, whose state is on the disk. */
  readonly height: bigint;
  /** Of that block. */
  readonly timeMs: bigint;
  readonly firstHeight: bigint;
  /** Time of a block; 0 where it is not known any more, which is before any that is known. */
  readonly timeOf: (height: bigint) => bigint;
  readonly evidenceAgeBlocks: bigint;
  readonly evidenceAgeMs: bigint;
  /** The oldest snapshot that others may join from: they need every block after it. */
  readonly oldestSnapshot: bigint | undefined;
  readonly minBlocks: bigint;
}

export class RetainHeight {
  /** Blocks below are too old for evidence by time; heights only grow but for a rollback. */
  #younger = 0n;

  /** The lowest block that has to stay, and 0 where all of them have to. */
  after(input: RetainInput): bigint {
    const { height, firstHeight, evidenceAgeBlocks, oldestSnapshot, minBlocks } = input;
    const limits = [
      height,
      // Evidence counts until both of its ages have passed.
      height - evidenceAgeBlocks,
      this.#youngEnough(input),
      ...(oldestSnapshot === undefined ? [] : [oldestSnapshot]),
      ...(minBlocks === 0n ? [] : [height - minBlocks + 1n]),
    ];
    const [lowest = 0n] = limits.sort((a, b) => (a < b ? -1 : 1));
    return lowest > firstHeight ? lowest : 0n;
  }

  /** The first block that is not too old for evidence by its time. */
  #youngEnough({ height, timeMs, firstHeight, timeOf, evidenceAgeMs }: RetainInput): bigint {
    const tooOld = (at: bigint): boolean => timeMs - timeOf(at) > evidenceAgeMs;
    let low = this.#younger;
    if (low < firstHeight || low > height || (low > firstHeight && !tooOld(low - 1n))) {
      low = firstHeight;
    }
    let high = height;
    while (low < high && tooOld(low)) {
      const middle = (low + high) >> 1n;
      if (tooOld(middle)) low = middle + 1n;
      else high = middle;
    }
    this.#younger = low;
    return low;
  }
}
