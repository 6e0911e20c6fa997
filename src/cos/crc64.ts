/** CRC-64/XZ (ECMA-182), the checksum of the header `x-cos-hash-crc64ecma`. */

/** The reflected polynomial as two 32-bit halves: JavaScript's integers are exact only up to 53 bits. */
const polynomial = { high: 0xc96c5795, low: 0xd7870f42 };

const tables = (() => {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
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
  return { high, low };
})();

export interface Crc64 {
  update(bytes: Uint8Array): void;
  /** Unsigned decimal, as the header has it. */
  digest(): string;
}

export const createCrc64 = (): Crc64 => {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ (tables.low[index] ?? 0)) >>> 0;
        high = ((high >>> 8) ^ (tables.high[index] ?? 0)) >>> 0;
      }
    },
    digest: () => ((BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0)).toString(),
  };
};
