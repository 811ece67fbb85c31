/**
 * Waits until `probe` gives a value that is neither false, null nor undefined, and returns it. Errors thrown by the
 * probe count as "not yet"; the last one is the cause when time runs out.
 */
export const until = async <Value>(
  what: string,
  probe: () => Promise<Value> | Value,
  { timeout = 15_000, every = 25 }: { timeout?: number; every?: number } = {},
): Promise<NonNullable<Exclude<Value, false>>> => {
  const deadline = Date.now() + timeout;
  let cause: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== false && value !== null && value !== undefined) return value as NonNullable<Exclude<Value, false>>;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms in vain for: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, every));
  }
};
