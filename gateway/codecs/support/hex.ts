/** Bytes of hexadecimal digits; null when the text is anything else (`Buffer.from` alone stops silently there). */
export const hexBytes = (text: unknown): Buffer | null =>
  typeof text === 'string' && text.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(text) ? Buffer.from(text, 'hex') : null;
