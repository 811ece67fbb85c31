const SEPARATED_ADDRESS = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5,7}$/;

/**
 * One spelling of a hardware identifier, for storing and for looking up: lower case, and an address written with
 * separators (`A4:C1:38:00:11:22`, EUI-64 too) without them, since formats differ in nothing else.
 */
export const canonicalIdentifier = (identifier: string): string => {
  const lower = identifier.trim().toLowerCase();
  return SEPARATED_ADDRESS.test(lower) ? lower.replace(/[:-]/g, '') : lower;
};
