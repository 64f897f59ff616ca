// Lines gathered to a message batch, so that they are decoded by the gateway's own decoder. A message's topic is its
// table's name. The buffers are used again for the next batch.

import { BATCH_BYTES, BATCH_MESSAGES } from "../../core/limits.ts";
import { STRIDE } from "../../core/message-batch.ts";
import type { MessageBatch } from "../../core/message-batch.ts";

/** Where a message of a batch stands in the input. */
export interface InputPlace {
  readonly file: string;
  readonly line: number;
}

/** A line: bytes [start, end), the number of its table and of its file. */
export interface InputLine {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly table: number;
  readonly file: number;
  readonly line: number;
}

/** The batch being gathered. */
export class InputBatch {
  readonly #tables: ReadonlyMap<number, string>;
  readonly #files: readonly string[];
  #bytes: Buffer = Buffer.from(new ArrayBuffer(BATCH_BYTES));
  readonly #words = new Uint32Array(BATCH_MESSAGES * STRIDE);
  readonly #fileNumbers = new Uint32Array(BATCH_MESSAGES);
  readonly #lineNumbers = new Uint32Array(BATCH_MESSAGES);
  #count = 0;
  #filled = 0;

  constructor(tables: readonly string[], files: readonly string[]) {
    this.#tables = new Map(tables.entries());
    this.#files = files;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** True once no further line should be added. */
  get isFull(): boolean {
    return this.#count === BATCH_MESSAGES || this.#filled >= BATCH_BYTES;
  }

  add({ bytes, start, end, table, file, line }: InputLine): void {
    const filled = this.#filled + end - start;
    if (filled > this.#bytes.length) this.#grow(filled);
    bytes.copy(this.#bytes, this.#filled, start, end);
    const message = this.#count++;
    this.#words[message * STRIDE] = filled;
    this.#words[message * STRIDE + 1] = table;
    this.#fileNumbers[message] = file;
    this.#lineNumbers[message] = line;
    this.#filled = filled;
  }

  clear(): void {
    this.#count = 0;
    this.#filled = 0;
  }

  /** The place of a message. */
  place(message: number): InputPlace {
    const file = this.#files[this.#fileNumbers[message] ?? 0] ?? "input";
    return { file, line: this.#lineNumbers[message] ?? 0 };
  }

  /** Its messages; valid until it is cleared. */
  get messages(): MessageBatch {
    return {
      id: 0,
      count: this.#count,
      receiveTimeMs: 0,
      engineTimeMs: 0,
      bytes: this.#bytes.buffer as ArrayBuffer,
      byteLength: this.#filled,
      words: this.#words.buffer,
      topicIds: Uint32Array.from(this.#tables.keys()),
      topicNames: this.#tables,
      clients: [{ source: "input", clientId: "", session: 0 }],
      truncated: new Map(),
    };
  }

  /** A line longer than a batch. */
  #grow(bytes: number): void {
    const grown = Buffer.from(new ArrayBuffer(bytes));
    this.#bytes.copy(grown, 0, 0, this.#filled);
    this.#bytes = grown;
  }
}
