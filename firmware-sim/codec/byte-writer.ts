// Bytes one behind the other, numbers with their highest byte first.

/** Grows as it is written to. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  byte(value: number): void {
    this.#bytes.push(value);
  }

  bytes(values: Uint8Array): void {
    for (const value of values) this.#bytes.push(value);
  }

  /** The lowest `count` bytes of an integer of either sign. */
  integer(value: number | bigint, count: number): void {
    let rest = BigInt.asUintN(8 * count, BigInt(value));
    const bytes: number[] = [];
    for (let i = 0; i < count; i++) {
      bytes.unshift(Number(rest % 256n));
      rest /= 256n;
    }
    this.#bytes.push(...bytes);
  }

  float(value: number, bytes: 4 | 8): void {
    this.bytes(floatBytes(value, bytes));
  }

  take(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** IEEE 754, the highest byte first. */
export function floatBytes(value: number, bytes: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return new Uint8Array(view.buffer);
}
