// The bytes of one file, growing.

export class Content {
  #buffer: Buffer;
  #size: number;

  constructor(bytes: Buffer) {
    this.#buffer = Buffer.from(bytes);
    this.#size = bytes.length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  /** What lies between the end and `offset` becomes zero. */
  write(offset: number, data: Buffer): void {
    this.grow(offset + data.length, 0);
    data.copy(this.#buffer, offset);
  }

  /** Cuts, or fills up with zeros. */
  resize(size: number): void {
    if (size > this.#size) this.grow(size, 0);
    else this.#size = size;
  }

  grow(size: number, filler: number): void {
    if (size <= this.#size) return;
    if (size > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    this.#buffer.fill(filler, this.#size, size);
    this.#size = size;
  }
}
