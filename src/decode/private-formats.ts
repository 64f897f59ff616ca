// The formats whose payloads can be made private: how a private value is written, and what stands for a payload that could not
// be read to its end.

import type { PrivacyAction, PrivateFormat } from "../core/format/privacy.ts";
import { afterByteOrderMark } from "./byte-order-mark.ts";
import { CborCursor } from "./cbor.ts";
import { JsonCursor } from "./json/cursor.ts";
import { redactJson } from "./json/redact.ts";
import { MsgpackCursor } from "./msgpack.ts";
import { payloadConverter } from "./payload-convert.ts";
import type { PayloadValue } from "./payload-value.ts";
import type { RedactionNode } from "./redaction.ts";
import { StringCache } from "./string-cache.ts";
import type { TreeCursor } from "./tree/cursor.ts";
import { redactItems } from "./tree/redact.ts";

/** What becomes of the text of a value; undefined: it has none, or is NULL. */
export type PrivateText = (text: string | undefined, action: PrivacyAction) => string | null;

export interface PrivateWriter {
  /** undefined where the payload is not of the format from end to end. */
  redact(payload: Buffer, tree: RedactionNode<PrivacyAction>, of: PrivateText): Buffer | undefined;
  /** A payload that says so, and is a row of no profile. */
  readonly withheld: Buffer;
}

/** The writer of a format. */
export function privateWriter(format: PrivateFormat): PrivateWriter {
  switch (format) {
    case "json":
      return jsonWriter();
    case "cbor":
      return itemWriter("CBOR", new CborCursor(new StringCache()), { text: 0x79, null: 0xf6 });
    case "msgpack":
      return itemWriter("MessagePack", new MsgpackCursor(new StringCache()), {
        text: 0xda,
        null: 0xc0,
      });
  }
}

function withheldText(name: string): string {
  return `withheld: the payload is not ${name}`;
}

function jsonWriter(): PrivateWriter {
  const cursor = new JsonCursor();
  return {
    withheld: Buffer.from(JSON.stringify(withheldText("JSON"))),
    redact(payload, tree, of) {
      cursor.reset(payload, afterByteOrderMark(payload, 0, payload.length), payload.length);
      return redactJson(cursor, tree, (json, action) => JSON.stringify(of(jsonText(json), action)));
    },
  };
}

/** The text of a JSON value; control characters may stand in it as they are. */
function jsonText(json: string): string | undefined {
  if (json.startsWith("{") || json.startsWith("[") || json === "null") return undefined;
  if (!json.startsWith('"')) return json;
  const escaped = json.replaceAll(/\p{Cc}/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return JSON.parse(escaped) as string;
}

/** `heads`: the first byte of a text whose length is in the two bytes after it, and NULL. */
function itemWriter(
  name: string,
  cursor: TreeCursor,
  heads: { readonly text: number; readonly null: number },
): PrivateWriter {
  const write = (text: string | null): Buffer => {
    if (text === null) return Buffer.from([heads.null]);
    const bytes = Buffer.from(text);
    return Buffer.concat([
      Buffer.from([heads.text, bytes.length >> 8, bytes.length & 0xff]),
      bytes,
    ]);
  };
  return {
    withheld: write(withheldText(name)),
    redact(payload, tree, of) {
      cursor.reset(payload, 0, payload.length);
      return redactItems(cursor, tree, (value, action) => write(of(itemText(value), action)));
    },
  };
}

const toText = payloadConverter({ kind: "VARCHAR", length: 2_147_483_647, nullable: true });

function itemText(value: PayloadValue): string | undefined {
  const text = Array.isArray(value) || value instanceof Map ? null : toText(value);
  return typeof text === "string" ? text : undefined;
}
