/**
 * Which heights a store keeps readable: the latest ones without a gap, and of older ones each that
 * is a multiple of a number.
 */

export interface Pruning {
  /** Heights kept up to the head, the head included; `Infinity` keeps all. */
  readonly keepRecent: number;
  /** Of older heights the multiples of this stay; 0: none. */
  readonly keepEvery: number;
}

export const policies = ['default', 'nothing', 'everything', 'custom'] as const;

export type Policy = (typeof policies)[number];

/** The named policies: what they prune, not what they keep, gives them their names. */
const named: Readonly<Record<Exclude<Policy, 'custom'>, Pruning>> = {
  default: { keepRecent: 10_000, keepEvery: 0 },
  nothing: { keepRecent: Number.POSITIVE_INFINITY, keepEvery: 0 },
  everything: { keepRecent: 2, keepEvery: 0 },
};

export const defaultPruning: Pruning = named.default;

/**
 * The pruning that settings ask for.
 *
 * @throws RangeError in one line where they contradict each other.
 */
export function pruningOf(
  policy: Policy,
  custom: { readonly keepRecent?: number; readonly keepEvery?: number } = {},
): Pruning {
  const { keepRecent, keepEvery } = custom;
  if (policy === 'custom') {
    if (keepRecent === undefined) throw new RangeError('pruning custom needs keep-recent');
    return checked({ keepRecent, keepEvery: keepEvery ?? 0 });
  }
  if (keepRecent !== undefined || keepEvery !== undefined) {
    throw new RangeError(`keep-recent and keep-every go with pruning custom, not ${policy}`);
  }
  return named[policy];
}

/** @throws RangeError where a store could not go back by one height, or a number is none. */
export function checked(pruning: Pruning): Pruning {
  const { keepRecent, keepEvery } = pruning;
  if (
    keepRecent !== Number.POSITIVE_INFINITY &&
    !(Number.isSafeInteger(keepRecent) && keepRecent >= 2)
  ) {
    throw new RangeError(`keep-recent is ${keepRecent}: a whole number from 2 is needed`);
  }
  if (!Number.isSafeInteger(keepEvery) || keepEvery < 0) {
    throw new RangeError(`keep-every is ${keepEvery}: a whole number is needed, 0 for none`);
  }
  return pruning;
}
