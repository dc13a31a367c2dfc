/**
 * Heights older than the unbroken row that stay readable: few arithmetic series, since each was a
 * multiple of some keep-every when it left the row.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';

interface Series {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

const lastOf = ({ first, step, count }: Series): number => first + (count - 1) * step;

export class KeptHeights {
  /** Ascending, none overlapping another. */
  readonly #series: Series[];

  constructor(series: readonly Series[] = []) {
    this.#series = [...series];
  }

  static read(input: ByteReader): KeptHeights {
    const series: Series[] = [];
    while (!input.atEnd) {
      series.push({ first: input.height(), step: input.height(), count: input.height() });
    }
    return new KeptHeights(series);
  }

  write(out: ByteWriter): void {
    for (const { first, step, count } of this.#series) out.height(first).height(step).height(count);
  }

  /** Adds the multiples of `every` with from <= height < to; `from` is above all that is there. */
  withMultiples(every: number, from: number, to: number): KeptHeights {
    const first = Math.ceil(from / every) * every;
    if (every === 0 || first >= to) return this;
    const added = { first, step: every, count: Math.ceil((to - first) / every) };
    const last = this.#series.at(-1);
    if (last === undefined || last.step !== every || lastOf(last) + every !== first) {
      return new KeptHeights([...this.#series, added]);
    }
    const longer = { ...last, count: last.count + added.count };
    return new KeptHeights([...this.#series.slice(0, -1), longer]);
  }

  /** Whether all of them are multiples of `every`; of 0 none is. */
  areMultiples(every: number): boolean {
    return this.#series.every(({ first, step, count }) => {
      return every > 0 && first % every === 0 && (count === 1 || step % every === 0);
    });
  }

  /** Those that are multiples of `every`; of 0 none is. */
  multiplesOf(every: number): KeptHeights {
    if (every === 0) return new KeptHeights();
    const series = this.#series.flatMap(({ first, step, count }): Series[] => {
      const stride = every / commonDivisor(step, every);
      let i = 0;
      while (i < Math.min(count, stride) && (first + i * step) % every !== 0) i++;
      if (i === count || i === stride) return [];
      const left = 1 + Math.floor((count - 1 - i) / stride);
      return [{ first: first + i * step, step: step * stride, count: left }];
    });
    return new KeptHeights(series);
  }

  has(height: number): boolean {
    return this.anyIn(height, height + 1);
  }

  /** Whether one of them is in from <= height < to. */
  anyIn(from: number, to: number): boolean {
    return this.#series.some((series) => {
      const { first, step } = series;
      const least = from <= first ? first : first + Math.ceil((from - first) / step) * step;
      return least < to && least <= lastOf(series);
    });
  }

  /** In words: `10 to 90 by 10 and 100`. */
  toString(): string {
    return this.#series
      .map((series) => {
        const { first, step, count } = series;
        return count === 1 ? `${first}` : `${first} to ${lastOf(series)} by ${step}`;
      })
      .join(' and ');
  }

  get isEmpty(): boolean {
    return this.#series.length === 0;
  }

  /** Ascending. */
  *[Symbol.iterator](): Iterator<number> {
    for (const { first, step, count } of this.#series) {
      for (let i = 0; i < count; i++) yield first + i * step;
    }
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
