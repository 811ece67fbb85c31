const MAC = /^[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4,6}[0-9A-Fa-f]{2}$/;

/**
 * The other spellings of a MAC address or EUI-64: with or without colons, in either case, as labels and provisioning
 * show it. Empty when the identifier is neither.
 */
export const macSpellings = (identifier: string): readonly string[] => {
  if (!MAC.test(identifier)) return [];
  const bare = macDigits(identifier).toUpperCase();
  let colons = bare.slice(0, 2);
  for (let at = 2; at < bare.length; at += 2) colons += `:${bare.slice(at, at + 2)}`;
  const spellings = [bare, colons, bare.toLowerCase(), colons.toLowerCase()];
  const own = spellings.indexOf(identifier);
  if (own >= 0) spellings.splice(own, 1);
  return spellings;
};

/** The hexadecimal digits of a MAC address alone, in the case they came in. */
export const macDigits = (identifier: string): string =>
  identifier.charAt(2) === ':' ? identifier.replaceAll(':', '') : identifier.replaceAll('-', '');
