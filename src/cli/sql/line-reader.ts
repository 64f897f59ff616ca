// The lines of a file as bytes, without a string or object per line. A line ends at LF; the last one needs none.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { GatewayError } from "../../core/errors.ts";

const CHUNK_BYTES: number = 256 * 1024;
const LF = 10;

/** Stands at one line at a time: bytes [start, end) of `bytes`, until the next call of `next`. */
export class LineReader {
  bytes: Buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  start = 0;
  end = 0;
  /** Of the line, from 1. */
  number = 0;
  /** Of the whole file as far as it is known when it is opened; 0 for a pipe. */
  readonly size: number;
  /** Bytes read so far. */
  read = 0;
  readonly file: string;
  readonly #descriptor: number;
  /** Bytes [#next, #filled) are read and belong to the lines after this one. */
  #next = 0;
  #filled = 0;
  #isOpen = true;

  /** Throws INPUT_UNREADABLE, as `next` does. */
  constructor(file: string) {
    this.file = file;
    this.#descriptor = readable(file, () => openSync(file, "r"));
    this.size = readable(file, () => fstatSync(this.#descriptor).size);
  }

  /** Goes to the next line; false at the end of the file, which is closed then. */
  next(): boolean {
    let searched = this.#next;
    for (;;) {
      const end = this.#indexOfEnd(searched);
      if (end >= 0) return this.#line(end, end + 1);
      if (!this.#isOpen) return this.#next < this.#filled && this.#line(this.#filled, this.#filled);
      searched = this.#filled - this.#next;
      this.#fill();
    }
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }

  #indexOfEnd(from: number): number {
    const end = this.bytes.indexOf(LF, from);
    return end < this.#filled ? end : -1;
  }

  #line(end: number, next: number): true {
    this.start = this.#next;
    this.end = end;
    this.#next = next;
    this.number++;
    return true;
  }

  /** Moves what is left to the front and reads behind it. */
  #fill(): void {
    const left = this.#filled - this.#next;
    const room = left * 2 > this.bytes.length ? Buffer.allocUnsafe(left * 2) : this.bytes;
    this.bytes.copy(room, 0, this.#next, this.#filled);
    this.bytes = room;
    this.#next = 0;
    const count = readable(this.file, () =>
      readSync(this.#descriptor, room, left, room.length - left, null),
    );
    this.#filled = left + count;
    this.read += count;
    if (count === 0) this.close();
  }
}

function readable<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new GatewayError(`cannot read ${file}: ${(cause as Error).message}`, {
      code: "INPUT_UNREADABLE",
      blame: "config",
      cause,
    });
  }
}
