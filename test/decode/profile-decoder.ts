// Payloads under a device profile, written as text: rows and dead letters.

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { messageBatch, rowsOf } from "./batch.ts";

export interface Decoded {
  readonly rows: Record<string, unknown>[];
  /** `message kind: reason`. */
  readonly dead: string[];
}

/** A decoder of one profile, all columns wanted; messages come to the topic `d/a`. `file` is where its files are. */
export class ProfileDecoder {
  readonly #reader = new MessageReader();
  readonly #decoder: Decoder;
  readonly #table: ReturnType<typeof profileTable>;

  constructor(text: string, file = "p.yaml") {
    const profile = parseProfile(text, file);
    this.#table = profileTable(profile);
    const required = this.#table.columns.map((_, i) => i);
    this.#decoder = new Decoder({
      tables: [{ table: this.#table, required, profile: profileDecoding(profile) }],
      gatewayId: "gw",
      receiveMaximum: 10,
      reader: this.#reader,
    });
  }

  decode(payloads: readonly (string | Uint8Array)[]): Decoded {
    this.#reader.load(messageBatch(payloads.map((payload) => ({ topic: "d/a", payload }))));
    const { tables, deadLetters } = this.#decoder.decode();
    return {
      rows: tables.flatMap((batch) => rowsOf(this.#table, batch)),
      dead: deadLetters.map(({ message, kind, reason }) => `${message} ${kind}: ${reason}`),
    };
  }

  /** The value of column `name` of a payload's rows, or its dead letter's reason. */
  values(name: string, payload: string | Uint8Array): unknown[] {
    const { rows, dead } = this.decode([payload]);
    return dead.length > 0 ? dead : rows.map((row) => row[name]);
  }
}
