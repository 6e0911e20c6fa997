/** CRC-64/XZ (ECMA-182), the checksum of the header `x-cos-hash-crc64ecma`. */

/** The reflected polynomial as two 32-bit halves: JavaScript's integers are exact only up to 53 bits. */
const polynomial = { high: 0xc96c5795, low: 0xd7870f42 };

/**
 * Eight tables, so that eight bytes are taken at a time ("slicing by 8"): entry `256 * k + byte` is the effect of a byte
 * that is followed by k others.
 */
const tables = (() => {
  const high = new Uint32Array(8 * 256);
  const low = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (carry) {
        h = (h ^ polynomial.high) >>> 0;
        l = (l ^ polynomial.low) >>> 0;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let at = 256; at < 8 * 256; at++) {
    const [h, l] = [high[at - 256] ?? 0, low[at - 256] ?? 0];
    const index = l & 0xff;
    high[at] = ((h >>> 8) ^ (high[index] ?? 0)) >>> 0;
    low[at] = (((l >>> 8) | (h << 24)) ^ (low[index] ?? 0)) >>> 0;
  }
  return { high, low };
})();

export interface Crc64 {
  update(bytes: Uint8Array): void;
  /** Unsigned decimal, as the header has it. */
  digest(): string;
}

/** An entry of a table; every index is below its length, and a check would cost half of the speed. */
const at = (table: Uint32Array, index: number): number => table[index] as number;

/** The effect of eight bytes, of which `x` holds the first four. */
const sliced = (table: Uint32Array, x: number, y: number): number =>
  at(table, 1792 + (x & 0xff)) ^
  at(table, 1536 + ((x >>> 8) & 0xff)) ^
  at(table, 1280 + ((x >>> 16) & 0xff)) ^
  at(table, 1024 + (x >>> 24)) ^
  at(table, 768 + (y & 0xff)) ^
  at(table, 512 + ((y >>> 8) & 0xff)) ^
  at(table, 256 + ((y >>> 16) & 0xff)) ^
  at(table, y >>> 24);

export const createCrc64 = (): Crc64 => {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (bytes) => {
      const { high: th, low: tl } = tables;
      let [h, l] = [high, low];
      let offset = 0;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (const end = bytes.length - 7; offset < end; offset += 8) {
        const x = l ^ view.getUint32(offset, true);
        const y = h ^ view.getUint32(offset + 4, true);
        h = sliced(th, x, y);
        l = sliced(tl, x, y);
      }
      for (; offset < bytes.length; offset++) {
        const index = (l ^ (bytes[offset] ?? 0)) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ at(tl, index);
        h = (h >>> 8) ^ at(th, index);
      }
      high = h >>> 0;
      low = l >>> 0;
    },
    digest: () => ((BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0)).toString(),
  };
};
