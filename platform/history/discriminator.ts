/**
 * A number derived from a reading's id that tells apart readings of one series in the same millisecond: FNV-1a, 32
 * bits, unsigned. The same reading always gives the same number, so a replay lands on the same point, while two
 * different values measured at once (a device without a clock sends two messages in one millisecond) are both kept.
 */
export const discriminator = (id: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};
