// After a death in mid-batch: which message was it? While messages run, a note beside the database says so
// (store/attempts.ts); a start that finds it open knows that the process before it died there.
//
//   1st start  dies in a batch          note: this batch, culprit unknown
//   2nd start  runs message by message  note: the message's fingerprint, count 2; dies on the same message
//   3rd start  meets the fingerprint    tries it in a process of its own (trial.ts); it dies there too: `skipped`,
//                                       acknowledged, alarm; and tries what follows it in the batch
//
// Where there is one there may be others. They commit together: would the next one end this process too, the note would
// name that one, the first would be unknown again, and two of them would kill start after start. Hence the last step. For
// the same reason it is remembered which were skipped: the next one may end the process before a sender hears of it.
//
// A kill from outside can fall on any message, three times even: hence the trial, without which no message is skipped,
// and hence the note is closed before the commit. The same holds for a journal entry in replay, and for one that a repaired
// rule catches up with: what the others have survived is the rule's doing, which is suspended again. The note needs no fsync:
// what kills the process is not a power cut, and the page cache outlives the process. What a power cut leaves of the notes
// is chance: it is not believed.

import { crc32 } from "node:zlib";

import type { Clock } from "../core/clock.ts";
import { CAREFUL_MESSAGES, SKIPPED_KNOWN } from "../core/limits.ts";
import { QOS_SHIFT, STRIDE } from "../core/message-batch.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { Attempt, Attempts, Phase } from "../store/attempts.ts";

/** Deaths that make a message or a command a suspect. */
export const SUSPECT_DEATHS = 2;
const UNKNOWN = 0n;

/** One message of a batch. */
export interface Single {
  readonly batch: MessageBatch;
  readonly skip: boolean;
}

/** What is being run, and how to find out whether a suspect is one. */
export interface Run {
  readonly phase: Phase;
  /** The journal entry that it is, or becomes. */
  readonly sequence: number;
  /** Which of these messages a process that runs them dies of; undefined: of none. */
  findDeadly(batches: readonly MessageBatch[]): number | undefined;
}

export class CarefulStart {
  readonly #attempts: Attempts;
  readonly #clock: Clock;
  /** What the process before this one died of, if it did. */
  readonly #last: Attempt | undefined;
  #left: number;
  readonly #skipped = new Set<bigint>();
  /** Skipped in this start or before, oldest first: tried at once when they come again. */
  readonly #known: Set<bigint>;
  #isSaved = true;

  /** `known`: what the last `unsaved` of this data folder gave. */
  constructor(attempts: Attempts, clock: Clock, known = "[]") {
    this.#attempts = attempts;
    this.#clock = clock;
    this.#known = new Set((JSON.parse(known) as readonly string[]).map(BigInt));
    this.#last = attempts.read();
    const phase = this.#last?.phase;
    this.#left = phase === "decode" || phase === "careful" ? CAREFUL_MESSAGES : 0;
  }

  /** Batches run message by message while this holds. */
  get active(): boolean {
    return this.#left > 0;
  }

  /** Different messages left out since this start, live or in replay. At most those that are run singly. */
  get skippedMessages(): number {
    return this.#skipped.size;
  }

  /** To be kept with the next commit; undefined when no message has been skipped since the last call. */
  unsaved(): string | undefined {
    if (this.#isSaved) return undefined;
    this.#isSaved = true;
    return JSON.stringify(Array.from(this.#known, String));
  }

  /** Starts that have died in this phase of this journal entry. */
  deathsAt(phase: Phase, sequence: number): number {
    const last = this.#last;
    return last?.phase === phase && last.sequence === sequence ? last.count : 0;
  }

  /** A batch or journal entry is about to run as a whole, for the `count`-th time. */
  begin(phase: Phase, sequence: number, count = 1): void {
    this.#note({ phase, sequence, count, fingerprint: UNKNOWN });
  }

  /** What was begun has been survived. */
  end(): void {
    this.#attempts.end();
  }

  /** The loaded batch message by message, each noted before it is handed out. Call `end` after the last. */
  *singles(
    reader: MessageReader,
    batch: MessageBatch,
    { phase, sequence, findDeadly }: Run,
  ): Generator<Single, void, void> {
    const prints = Array.from({ length: batch.count }, (_, message) =>
      fingerprint(reader, message),
    );
    // All at once: the caller loads each into the same reader.
    const singles = prints.map((_, message) => singleMessage(reader, batch, message));
    let deadly = this.#isElsewhere(prints) ? findDeadly(singles) : undefined;
    for (const [message, single] of singles.entries()) {
      const print = prints[message] as bigint;
      const deaths = this.#deathsOf(print);
      const note = { phase, sequence, fingerprint: print };
      let skip = message === deadly;
      if (!skip && deaths >= SUSPECT_DEATHS) {
        // Whatever ends this process during the trial is not the message.
        this.#note({ ...note, count: deaths });
        skip = findDeadly([single]) !== undefined;
      }
      if (skip) this.#skip(print);
      else this.#note({ ...note, count: this.#deathsInARow + 1 });
      yield { batch: single, skip };
      if (!skip) continue;
      const rest = singles.slice(message + 1);
      const next = rest.length === 0 ? undefined : findDeadly(rest);
      deadly = next === undefined ? undefined : message + 1 + next;
    }
    this.#left = Math.max(0, this.#left - batch.count);
  }

  #skip(print: bigint): void {
    this.#skipped.add(print);
    this.#known.delete(print);
    this.#known.add(print);
    const [oldest] = this.#known;
    if (this.#known.size > SKIPPED_KNOWN) this.#known.delete(oldest as bigint);
    this.#isSaved = false;
  }

  /** Starts that have died one after the other, whichever message they died of. */
  get #deathsInARow(): number {
    return this.#last?.count ?? 0;
  }

  /** Start after start dies, and not of these: several messages of several senders may take turns. */
  #isElsewhere(prints: readonly bigint[]): boolean {
    const culprit = this.#last?.fingerprint ?? UNKNOWN;
    const isTold = culprit !== UNKNOWN && !prints.includes(culprit);
    return isTold && this.#deathsInARow >= SUSPECT_DEATHS;
  }

  /** A death with an unknown culprit may have been this message's. */
  #deathsOf(print: bigint): number {
    if (this.#known.has(print)) return SUSPECT_DEATHS;
    if (this.#last === undefined) return 0;
    const { fingerprint: culprit, count } = this.#last;
    return culprit === UNKNOWN ? 1 : culprit === print ? count : 0;
  }

  #note(attempt: Attempt): void {
    this.#attempts.begin(attempt, { timeMs: this.#clock.monotonicMs() });
  }
}

function fingerprint(reader: MessageReader, message: number): bigint {
  const payload = reader.bytes.subarray(reader.start(message), reader.end(message));
  const print = (BigInt(crc32(reader.topic(message))) << 32n) | BigInt(crc32(payload));
  return print === UNKNOWN ? 1n : print;
}

/** A message of the loaded batch as a batch of its own, with its topic named. */
function singleMessage(reader: MessageReader, batch: MessageBatch, message: number): MessageBatch {
  const bytes = Uint8Array.from(reader.bytes.subarray(reader.start(message), reader.end(message)));
  const words = Uint32Array.from(reader.words.subarray(message * STRIDE, (message + 1) * STRIDE));
  words[0] = bytes.length;
  words[1] = ((words[1] as number) >>> QOS_SHIFT) << QOS_SHIFT;
  words[3] = (words[3] as number) & 0xffff;
  const topic = reader.topicIds[reader.topicIndex(message)] as number;
  const length = batch.truncated.get(message);
  return {
    ...batch,
    count: 1,
    bytes: bytes.buffer,
    byteLength: bytes.length,
    words: words.buffer,
    topicIds: Uint32Array.of(topic),
    topicNames: new Map([[topic, reader.topic(message)]]),
    clients: [reader.client(message)],
    truncated: new Map(length === undefined ? [] : [[0, length]]),
  };
}
