// The records of a pack, from JSON (an array of objects) or CBOR (an array of maps with integer labels).

import { CborCursor } from "../cbor.ts";
import type { JsonCursor } from "../json/cursor.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "../json/tokens.ts";
import { separator } from "../json/tree-text.ts";
import { jsonScalar } from "../json/value-taker.ts";
import type { Payload } from "../payload-reader.ts";
import { ARRAY_ITEM, INTEGER_ITEM, MAP_ITEM, TEXT_ITEM } from "../tree/cursor.ts";
import { itemValue } from "../tree/value.ts";
import { LABELS } from "./pack.ts";
import type { SenmlPack } from "./pack.ts";

/** Hands on each record of a pack; `take` says why it cannot, or "". */
export interface SenmlRecords {
  readonly reason: string;
  readonly position: number;
  /** False with a reason when the pack cannot be read, or `take` has refused a record. */
  read(payload: Payload, take: () => string): boolean;
}

export class JsonRecords implements SenmlRecords {
  reason = "";
  position = 0;
  readonly #cursor: JsonCursor;
  readonly #pack: SenmlPack;

  constructor(cursor: JsonCursor, pack: SenmlPack) {
    this.#cursor = cursor;
    this.#pack = pack;
  }

  read({ bytes, start, end }: Payload, take: () => string): boolean {
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    if (this.#array(cursor, take)) return true;
    this.reason = cursor.reason;
    this.position = cursor.failedAt - start;
    return false;
  }

  #array(cursor: JsonCursor, take: () => string): boolean {
    if (cursor.next() !== OPEN_ARRAY) return refuse(cursor, "a pack is an array of records");
    cursor.pos++;
    let byte = cursor.next();
    while (byte !== CLOSE_ARRAY) {
      const start = cursor.pos;
      if (byte !== OPEN_OBJECT) return refuse(cursor, "a record is an object");
      if (!this.#record(cursor)) return false;
      const reason = take();
      if (reason !== "") return refuse(cursor, reason, start);
      byte = separator(cursor, CLOSE_ARRAY);
      if (byte === -1) return false;
    }
    cursor.pos++;
    return cursor.next() === -1 || refuse(cursor, "something stands behind the pack");
  }

  #record(cursor: JsonCursor): boolean {
    cursor.pos++;
    let byte = cursor.next();
    while (byte !== CLOSE_OBJECT) {
      if (byte !== QUOTE) return cursor.syntaxError(cursor.unexpected());
      const label = cursor.string();
      if (label === undefined || !cursor.colon()) return false;
      const first = cursor.next();
      const start = cursor.pos;
      if (LABELS[label] === undefined && !label.endsWith("_")) {
        if (!cursor.skip()) return false;
      } else {
        const value = jsonScalar(cursor, first);
        if (value === undefined) return false;
        const reason = this.#pack.set(label, value);
        if (reason !== "") return refuse(cursor, reason, start);
      }
      byte = separator(cursor, CLOSE_OBJECT);
      if (byte === -1) return false;
    }
    cursor.pos++;
    return true;
  }
}

function refuse(cursor: JsonCursor, what: string, at: number = cursor.pos): false {
  cursor.conversionError(`not SenML: ${what}`);
  cursor.failedAt = at;
  return false;
}

const BY_NUMBER: ReadonlyMap<number, string> = new Map(
  Object.entries(LABELS).map(([label, number]) => [number, label]),
);

export class CborRecords implements SenmlRecords {
  reason = "";
  position = 0;
  readonly #cursor: CborCursor;
  readonly #pack: SenmlPack;

  constructor(cursor: CborCursor, pack: SenmlPack) {
    this.#cursor = cursor;
    this.#pack = pack;
  }

  read({ bytes, start, end }: Payload, take: () => string): boolean {
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    const kind = cursor.next();
    if (kind !== ARRAY_ITEM) cursor.fail("a pack is an array of records", start);
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) {
      const at = cursor.pos;
      this.#record();
      const reason = cursor.failed ? "" : take();
      if (reason !== "") cursor.fail(reason, at);
    }
    if (cursor.pos < end) cursor.fail("something stands behind the pack");
    if (!cursor.failed) return true;
    this.reason = `not SenML: ${cursor.reason}`;
    this.position = cursor.failedAt;
    return false;
  }

  #record(): void {
    const cursor = this.#cursor;
    if (cursor.next() !== MAP_ITEM) return cursor.fail("a record is a map");
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) {
      const kind = cursor.next();
      let label: string | undefined;
      if (kind === INTEGER_ITEM) label = BY_NUMBER.get(cursor.number);
      else if (kind === TEXT_ITEM) label = cursor.itemText();
      else cursor.skipItem(kind);
      const at = cursor.pos;
      const value = itemValue(cursor, cursor.next());
      if (label === undefined || cursor.failed) continue;
      const reason = this.#pack.set(label, value);
      if (reason !== "") cursor.fail(reason, at);
    }
    cursor.leave();
  }
}
