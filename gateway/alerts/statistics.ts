/** The middle value; NaN of nothing. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

/** Median absolute deviation × 1.4826: as a standard deviation, but blind to outliers. */
export const robustDeviation = (values: readonly number[]): number => {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
};

/** Rounded so that the same sum gives the same JSON and no digit is kept that no device measured. */
export const rounded = (value: number, decimals = 2): number => Number(value.toFixed(decimals));
