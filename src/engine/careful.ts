// After a death in mid-batch: which message was it? Before every batch a marker is written beside the database
// (store/attempts.ts). A start that finds it open runs its first messages one at a time, each named by its
// fingerprint in the marker; a start that finds a fingerprint which has killed twice skips that message.
//
//   1st start  dies in a batch          marker: decode, nothing known
//   2nd start  runs message by message  marker: careful, fingerprint, count 2; dies on the same message
//   3rd start  meets the fingerprint    journaled as `skipped`, acknowledged, alarm
//
// The marker needs no fsync: what kills the process is not a power cut, and the page cache outlives the process.

import { crc32 } from "node:zlib";

import type { Clock } from "../core/clock.ts";
import { CAREFUL_MESSAGES } from "../core/limits.ts";
import { STRIDE } from "../core/message-batch.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { Attempt, Attempts } from "../store/attempts.ts";

/** Deaths on the same message (or replayed entry) after which it is not run again. */
const DEATHS = 2;

export interface Slice {
  readonly batch: MessageBatch;
  readonly skip: boolean;
}

export class CarefulStart {
  readonly #attempts: Attempts;
  readonly #clock: Clock;
  /** What the process before this one died of, if it did. */
  readonly #last: Attempt | undefined;
  #left: number;

  constructor(attempts: Attempts, clock: Clock) {
    this.#attempts = attempts;
    this.#clock = clock;
    this.#last = attempts.read();
    const inBatch = this.#last !== undefined && this.#last.phase !== "replay";
    this.#left = inBatch ? CAREFUL_MESSAGES : 0;
  }

  /** Messages run one at a time while this holds. */
  get active(): boolean {
    return this.#left > 0;
  }

  /** A batch begins; `sequence` is the journal entry it will become. */
  begin(sequence: number): void {
    this.#mark({ phase: "decode", sequence, count: 1, fingerprint: 0n });
  }

  /** What was begun has been survived. */
  end(): void {
    this.#attempts.end();
  }

  /** A journal entry is about to be replayed. False: it has killed twice, leave it out. */
  beginReplay(sequence: number): boolean {
    const again = this.#last?.phase === "replay" && this.#last.sequence === sequence;
    const deaths = again ? (this.#last?.count ?? 0) : 0;
    if (deaths >= DEATHS) return false;
    this.#mark({ phase: "replay", sequence, count: deaths + 1, fingerprint: 0n });
    return true;
  }

  /** The loaded batch in slices, each marked before it is handed out. The caller ends each. */
  *slices(reader: MessageReader, batch: MessageBatch): Generator<Slice, void, void> {
    const prints = Array.from({ length: Math.min(batch.count, this.#left) }, (_, message) =>
      fingerprint(reader, message),
    );
    const all = prints.map((_, message) => sliceBatch(reader, batch, [message, message + 1]));
    const rest = sliceBatch(reader, batch, [prints.length, batch.count]);
    for (const [message, slice] of all.entries()) {
      const print = prints[message] as bigint;
      const skip = this.#last?.fingerprint === print && this.#last.count >= DEATHS;
      const count = skip ? 0 : this.#deathsBefore(print) + 1;
      this.#mark({ phase: "careful", sequence: batch.id, count, fingerprint: print });
      yield { batch: slice, skip };
      this.#left--;
    }
    if (rest.count > 0) yield { batch: rest, skip: false };
  }

  /** A death with an unknown culprit may have been this message's. */
  #deathsBefore(print: bigint): number {
    if (this.#last === undefined) return 0;
    if (this.#last.fingerprint === 0n) return 1;
    return this.#last.fingerprint === print ? this.#last.count : 0;
  }

  #mark(attempt: Attempt): void {
    this.#attempts.begin(attempt, { timeMs: this.#clock.monotonicMs() });
  }
}

function fingerprint(reader: MessageReader, message: number): bigint {
  const payload = reader.bytes.subarray(reader.start(message), reader.end(message));
  const print = (BigInt(crc32(reader.topic(message))) << 32n) | BigInt(crc32(payload));
  return print === 0n ? 1n : print;
}

/** Messages [from, to) of the loaded batch as a batch of their own, with every topic named. */
function sliceBatch(
  reader: MessageReader,
  batch: MessageBatch,
  [from, to]: readonly [number, number],
): MessageBatch {
  const start = reader.start(from);
  const bytes = Uint8Array.from(
    reader.bytes.subarray(start, to > from ? reader.end(to - 1) : start),
  );
  const words = Uint32Array.from(reader.words.subarray(from * STRIDE, to * STRIDE));
  for (let at = 0; at < words.length; at += STRIDE) words[at] = (words[at] as number) - start;
  const truncated = [...batch.truncated].filter(([message]) => message >= from && message < to);
  return {
    ...batch,
    count: to - from,
    bytes: bytes.buffer,
    byteLength: bytes.length,
    words: words.buffer,
    topicNames: new Map(
      reader.topicNames.map((name, index) => [reader.topicIds[index] as number, name] as const),
    ),
    truncated: new Map(truncated.map(([message, length]) => [message - from, length])),
  };
}
