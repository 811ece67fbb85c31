/** MLLP (HL7 v2.6 appendix C): `<VT> message <FS><CR>`. */
const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;

/** What a chunk of the stream held, in order. `garbage`: bytes outside a frame; `too_large`: the frame goes on. */
export type Framed =
  { readonly kind: 'message'; readonly bytes: Buffer } | { readonly kind: 'garbage' } | { readonly kind: 'too_large' };

/** Cuts a stream of bytes into messages of at most `mostBytes`. White space between frames is allowed, nothing else. */
export const createDeframer = (mostBytes: number) => {
  let parts: Buffer[] | null = null;
  let size = 0;
  let endsWithFs = false;

  const take = (chunk: Buffer): Framed[] => {
    const framed: Framed[] = [];
    for (let at = 0; at < chunk.length;) {
      if (parts === null) {
        const byte = chunk[at++]!;
        if (byte === VT) [parts, size, endsWithFs] = [[], 0, false];
        else if (byte !== CR && byte !== 0x0a && byte !== 0x20) return [...framed, { kind: 'garbage' }];
        continue;
      }
      if (endsWithFs && chunk[at] === CR) {
        framed.push({ kind: 'message', bytes: Buffer.concat(parts).subarray(0, size - 1) });
        parts = null;
        at += 1;
        continue;
      }
      const end = chunk.indexOf(FS, at);
      const next = end < 0 ? chunk.length : end + 1;
      parts.push(chunk.subarray(at, next));
      size += next - at;
      endsWithFs = end >= 0;
      at = next;
      if (size > mostBytes + 1) return [...framed, { kind: 'too_large' }];
    }
    return framed;
  };
  return { take, partial: (): boolean => parts !== null };
};

/** A message as it goes over the wire. */
export const framed = (text: string): Buffer => Buffer.from(`\u000b${text}\u001c\r`);
