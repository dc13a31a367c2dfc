/** Segments of civil time, by the calendar of the platform instead of the modules' own. */

interface Era {
  readonly firstSegment: bigint;
  readonly startMs: bigint;
  /** 0: calendar months in UTC. */
  readonly lengthMs: bigint;
}

/** Months since 1970-01, of a time in ms, where the end of a month belongs to it. */
function monthOf(timeMs: bigint): bigint {
  const date = new Date(Number(timeMs - 1n));
  return BigInt((date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth());
}

export class Segments {
  readonly #eras: Era[] = [{ firstSegment: 0n, startMs: 0n, lengthMs: 0n }];

  /** From a segment on there is another length. */
  begin(firstSegment: bigint, startMs: bigint, lengthMs: bigint): void {
    this.#eras.push({ firstSegment, startMs, lengthMs });
  }

  /** The segment ]k1, k2] of a time. */
  at(timeMs: bigint): bigint {
    const era = this.#eras.findLast(({ startMs }) => timeMs > startMs) ?? this.#eras[0];
    if (era === undefined) throw new Error('no era');
    const { firstSegment, startMs, lengthMs } = era;
    if (lengthMs === 0n) return firstSegment + monthOf(timeMs) - monthOf(startMs + 1n);
    return firstSegment + (timeMs - startMs - 1n) / lengthMs;
  }
}
