/** The checksum of object storage. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCrc64 } from '../../src/cos/crc64.ts';

const crcOf = (...parts: readonly Uint8Array[]): string => {
  const crc = createCrc64();
  for (const part of parts) crc.update(part);
  return crc.digest();
};

/** Bit by bit, as the definition of CRC-64/XZ has it. */
const referenceOf = (bytes: Uint8Array): string => {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return (crc ^ 0xffffffffffffffffn).toString();
};

test('CRC-64/XZ of "123456789" is the check value of the catalogue of CRCs', () => {
  expect(crcOf(Buffer.from('123456789'))).toBe(0x995dc9bbdf1939fan.toString());
  expect(crcOf()).toBe('0');
});

test('The checksum is that of the definition, however the bytes are divided and aligned', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(7), (bytes, cut, shift) => {
      const shifted = new Uint8Array(bytes.length + shift);
      shifted.set(bytes, shift);
      const view = shifted.subarray(shift);
      expect(crcOf(view.subarray(0, cut), view.subarray(cut))).toBe(referenceOf(bytes));
    }),
  );
});
