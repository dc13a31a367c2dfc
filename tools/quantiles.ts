/** Orders of values, for benches and reports. */

/**
 * The least of the values that a share of them does not exceed: 0.5 the median, 1 the largest.
 *
 * @param share above 0, at most 1.
 * @throws RangeError where there are no values: no figure may come of none.
 */
export function quantile(values: readonly number[], share: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];
  if (value === undefined) throw new RangeError(`no ${share} of ${values.length} values`);
  return value;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
