// Makes messages private before anything else is done with them: what the journal keeps, rules read, dead letters show and
// Kafka gets is the rewritten payload, and the original is in memory only. So a replay needs no key.
//
//   drop            null; in a frame zero bytes, which nobody reads
//   hash            HMAC-SHA-256 of the text under the profile's key, 32 hexadecimal digits
//   truncate        the first characters of the text
//
// NULL stays NULL; what has no text (an object, an array, bytes) becomes null. A payload that is not of its format from end to end
// (a message cut at limits.packetBytes is none) may hold anything anywhere: all of it is replaced.

import { createHmac } from "node:crypto";

import type { PrivacyAction, PrivateMessages } from "../core/format/privacy.ts";
import { ROUTES_MAX } from "../core/limits.ts";
import { STRIDE } from "../core/message-batch.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { MessageReader } from "../core/message-reader.ts";
import { topicCaptures, topicMatches } from "../core/topic-filter.ts";
import { privateWriter } from "./private-formats.ts";
import type { PrivateWriter } from "./private-formats.ts";

/** 128 bits: two values with one hash are not to be met. */
const HASH_DIGITS = 32;

interface Redaction {
  readonly of: PrivateMessages;
  readonly writer: PrivateWriter;
}

export class Redactor {
  /** Payloads rewritten, and those replaced as a whole. */
  readonly counts: { rewritten: number; withheld: number } = { rewritten: 0, withheld: 0 };
  readonly #redactions: readonly Redaction[];
  /** By topic; the memory only changes speed. */
  readonly #known = new Map<string, readonly Redaction[]>();

  constructor(messages: readonly PrivateMessages[]) {
    this.#redactions = messages.map((of) => {
      return { of, writer: privateWriter(of.codec, of.fields) };
    });
  }

  /** The batch that `reader` has loaded, made private; the same one where nothing in it is. */
  apply(batch: MessageBatch, reader: MessageReader): MessageBatch {
    if (this.#redactions.length === 0) return batch;
    const ofTopic = reader.topicNames.map((topic) => this.#of(topic));
    if (ofTopic.every((redactions) => redactions.length === 0)) return batch;
    const words = Uint32Array.from(reader.words);
    const payloads: Buffer[] = [];
    let end = 0;
    for (let message = 0; message < reader.count; message++) {
      let payload = reader.bytes.subarray(reader.start(message), reader.end(message));
      for (const redaction of ofTopic[reader.topicIndex(message)] ?? []) {
        payload = this.#redact(payload, redaction);
      }
      payloads.push(payload);
      end += payload.length;
      words[message * STRIDE] = end;
    }
    const bytes = new ArrayBuffer(end);
    Buffer.concat(payloads).copy(new Uint8Array(bytes));
    return { ...batch, bytes, byteLength: end, words: words.buffer };
  }

  #of(topic: string): readonly Redaction[] {
    let known = this.#known.get(topic);
    if (known === undefined) {
      if (this.#known.size >= ROUTES_MAX) this.#known.clear();
      known = this.#redactions.filter(({ of }) => isOf(of, topic));
      this.#known.set(topic, known);
    }
    return known;
  }

  #redact(payload: Buffer, { of, writer }: Redaction): Buffer {
    const redacted = writer.redact(payload, (text, action) => privateText(text, action, of.key));
    if (redacted === undefined) this.counts.withheld++;
    else this.counts.rewritten++;
    return redacted ?? writer.withheld;
  }
}

function isOf({ topic, except }: PrivateMessages, name: string): boolean {
  if (except.some((filter) => topicMatches(filter, name))) return false;
  return topicCaptures(topic, name) !== undefined;
}

function privateText(text: string | undefined, action: PrivacyAction, key: string): string | null {
  if (text === undefined || action.kind === "drop") return null;
  if (action.kind === "truncate") return Array.from(text).slice(0, action.characters).join("");
  return createHmac("sha256", key).update(text).digest("hex").slice(0, HASH_DIGITS);
}
