// 64 bits that stand for a payload, in two 32-bit words: enough to say "the same bytes again" of one client's packet
// id or one topic's retained message. Not for hostile senders: whoever can make collisions can send duplicates anyway.

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;

/** Hashes bytes [start, end); the result stands in `high` and `low` until the next call. */
export class PayloadHash {
  high = 0;
  low = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  update(bytes: Buffer, start: number, end: number): void {
    if (this.#bytes !== bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const view = this.#view;
    let a = PRIME_3 ^ (end - start);
    let b = PRIME_2 + (end - start);
    let pos = start;
    for (; pos + 4 <= end; pos += 4) {
      const word = view.getInt32(pos, true);
      a = Math.imul(a ^ word, PRIME_1);
      a ^= a >>> 15;
      b = Math.imul(b + word, PRIME_3);
      b ^= b >>> 13;
    }
    for (; pos < end; pos++) {
      const byte = bytes[pos] as number;
      a = Math.imul(a ^ byte, PRIME_2);
      b = Math.imul(b + byte, PRIME_1);
    }
    this.high = a ^ (a >>> 16);
    this.low = b ^ (b >>> 16);
  }
}
