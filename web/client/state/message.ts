/** Lays out the text the server wrote (« SpO₂ 87 % < 90 % »); the words and numbers stay the server's. Pure. */
export interface MessageParts {
  /** What is measured; empty when the text is not a measure. */
  readonly what: string;
  /** The part to read first. */
  readonly value: string;
  /** The limit, or whatever follows the value. */
  readonly limit: string;
}

/** Splits « measure value sign limit »; any other text is all value. */
export const messageParts = (message: string): MessageParts => {
  const found = /^(\D.*?)\s+([+−-]?\d[\d.,/]*(?:\s?[^\s<>≤≥]+)?)(?:\s*([<>≤≥]\s?.+)|\s(\/\s.+))$/u.exec(message);
  if (!found) return { what: '', value: message, limit: '' };
  return { what: found[1] ?? '', value: found[2] ?? '', limit: found[3] ?? found[4] ?? '' };
};

/** The part before the limit: what fits under a name. */
export const messageShort = (message: string): string => {
  const { what, value, limit } = messageParts(message);
  return limit === '' ? message : `${what} ${value}`;
};
