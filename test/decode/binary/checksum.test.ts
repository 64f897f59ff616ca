import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";

import fc from "fast-check";

import { CHECKSUMS } from "../../../src/core/format/checksums.ts";
import { checksumFunction } from "../../../src/decode/binary/checksum.ts";

/** Of the ASCII bytes "123456789": the check value by which every catalogue identifies a CRC. */
const CHECK_VALUES: Readonly<Record<string, number>> = {
  "crc8/smbus": 0xf4,
  "crc8/cdma-2000": 0xda,
  "crc8/i-432-1": 0xa1,
  "crc8/maxim-dow": 0xa1,
  "crc8/rohc": 0xd0,
  "crc8/sae-j1850": 0x4b,
  "crc8/autosar": 0xdf,
  "crc8/wcdma": 0x25,
  "crc16/modbus": 0x4b37,
  "crc16/arc": 0xbb3d,
  "crc16/usb": 0xb4c8,
  "crc16/umts": 0xfee8,
  "crc16/ccitt-false": 0x29b1,
  "crc16/xmodem": 0x31c3,
  "crc16/kermit": 0x2189,
  "crc16/x25": 0x906e,
  "crc16/mcrf4xx": 0x6f91,
  "crc16/genibus": 0xd64e,
  "crc16/spi-fujitsu": 0xe5cc,
  "crc16/dnp": 0xea82,
  "crc16/en-13757": 0xc2b7,
  "crc32/iso-hdlc": 0xcbf4_3926,
  "crc32/bzip2": 0xfc89_1918,
  "crc32/mpeg-2": 0x0376_e6e7,
  "crc32/jamcrc": 0x340b_c6d9,
  "crc32/iscsi": 0xe306_9283,
  "sum8/plain": 0xdd,
  "sum8/ones": 0x22,
  "sum8/twos": 0x23,
  "sum16/plain": 0x01dd,
  "sum16/ones": 0xfe22,
  "sum16/twos": 0xfe23,
  "xor8/plain": 0x31,
};

test("every checksum gives its check value", () => {
  const bytes = Buffer.from("x123456789y");
  for (const [family, variants] of Object.entries(CHECKSUMS)) {
    for (const variant of Object.keys(variants)) {
      const name = `${family}/${variant}`;
      assert.equal(checksumFunction(name).compute(bytes, 1, 10), CHECK_VALUES[name], name);
    }
  }
});

test("property: crc32/iso-hdlc is zlib's", () => {
  const { compute } = checksumFunction("crc32/iso-hdlc");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(compute(bytes, 0, bytes.length), crc32(bytes));
    }),
  );
});
