// Checksums of binary frames, named as their catalogues name them: a family by width, then the variant. A CRC is its
// parameters (Williams, "A painless guide to CRC error detection algorithms"): polynomial without its top bit, first
// register value, whether bytes and result are reflected, what the result is XORed with.

export interface Crc {
  readonly kind: "crc";
  readonly width: 8 | 16 | 32;
  readonly polynomial: number;
  readonly first: number;
  readonly isReflected: boolean;
  readonly last: number;
}

export interface Sum {
  /** Bytes added up or XORed; `ones` and `twos` are the complements of the sum. */
  readonly kind: "sum" | "ones" | "twos" | "xor";
  readonly width: 8 | 16;
}

export type Checksum = Crc | Sum;

/** By family and variant, such as `crc16` and `modbus`. */
export const CHECKSUMS: Readonly<Record<string, Readonly<Record<string, Checksum>>>> = {
  crc8: {
    smbus: crc8(0x07, 0, false, 0),
    "cdma-2000": crc8(0x9b, 0xff, false, 0),
    "i-432-1": crc8(0x07, 0, false, 0x55),
    "maxim-dow": crc8(0x31, 0, true, 0),
    rohc: crc8(0x07, 0xff, true, 0),
    "sae-j1850": crc8(0x1d, 0xff, false, 0xff),
    autosar: crc8(0x2f, 0xff, false, 0xff),
    wcdma: crc8(0x9b, 0, true, 0),
  },
  crc16: {
    modbus: crc16(0x8005, 0xffff, true, 0),
    arc: crc16(0x8005, 0, true, 0),
    usb: crc16(0x8005, 0xffff, true, 0xffff),
    umts: crc16(0x8005, 0, false, 0),
    "ccitt-false": crc16(0x1021, 0xffff, false, 0),
    xmodem: crc16(0x1021, 0, false, 0),
    kermit: crc16(0x1021, 0, true, 0),
    x25: crc16(0x1021, 0xffff, true, 0xffff),
    mcrf4xx: crc16(0x1021, 0xffff, true, 0),
    genibus: crc16(0x1021, 0xffff, false, 0xffff),
    "spi-fujitsu": crc16(0x1021, 0x1d0f, false, 0),
    dnp: crc16(0x3d65, 0, true, 0xffff),
    "en-13757": crc16(0x3d65, 0, false, 0xffff),
  },
  crc32: {
    "iso-hdlc": crc32(0x04c11db7, 0xffffffff, true, 0xffffffff),
    bzip2: crc32(0x04c11db7, 0xffffffff, false, 0xffffffff),
    "mpeg-2": crc32(0x04c11db7, 0xffffffff, false, 0),
    jamcrc: crc32(0x04c11db7, 0xffffffff, true, 0),
    iscsi: crc32(0x1edc6f41, 0xffffffff, true, 0xffffffff),
  },
  sum8: sums(8),
  sum16: sums(16),
  xor8: { plain: { kind: "xor", width: 8 } },
};

/** The checksum of a name such as `crc16/modbus`. */
export function checksumNamed(name: string): Checksum | undefined {
  const [family = "", variant = ""] = name.split("/");
  return CHECKSUMS[family]?.[variant];
}

function crc8(polynomial: number, first: number, isReflected: boolean, last: number): Crc {
  return { kind: "crc", width: 8, polynomial, first, isReflected, last };
}

function crc16(polynomial: number, first: number, isReflected: boolean, last: number): Crc {
  return { kind: "crc", width: 16, polynomial, first, isReflected, last };
}

function crc32(polynomial: number, first: number, isReflected: boolean, last: number): Crc {
  return { kind: "crc", width: 32, polynomial, first, isReflected, last };
}

function sums(width: 8 | 16): Record<string, Sum> {
  return {
    plain: { kind: "sum", width },
    ones: { kind: "ones", width },
    twos: { kind: "twos", width },
  };
}
