// The formats whose payloads can be made private: how a private value is written, and what stands for a payload that could not
// be read to its end.

import type { PrivacyAction, PrivateCodec, PrivateField } from "../core/format/privacy.ts";
import { afterByteOrderMark } from "./byte-order-mark.ts";
import { CborCursor } from "./cbor.ts";
import { frameRedaction } from "./binary/redact.ts";
import { redactCsv } from "./csv/redact.ts";
import { JsonCursor } from "./json/cursor.ts";
import { redactJson } from "./json/redact.ts";
import { MsgpackCursor } from "./msgpack.ts";
import { payloadConverter } from "./payload-convert.ts";
import type { PayloadValue } from "./payload-value.ts";
import { redactionTree } from "./redaction.ts";
import type { RedactionNode } from "./redaction.ts";
import { StringCache } from "./string-cache.ts";
import type { TreeCursor } from "./tree/cursor.ts";
import { redactItems } from "./tree/redact.ts";

/** What becomes of the text of a value; undefined: it has none, or is NULL. */
export type PrivateText = (text: string | undefined, action: PrivacyAction) => string | null;

export interface PrivateWriter {
  /** undefined where the payload is not of the format from end to end. */
  redact(payload: Buffer, of: PrivateText): Buffer | undefined;
  /** A payload that says so, and is a row of no profile. */
  readonly withheld: Buffer;
}

/** The writer of a format. */
export function privateWriter(codec: PrivateCodec, fields: readonly PrivateField[]): PrivateWriter {
  switch (codec.type) {
    case "json":
      return jsonWriter(treeOf(fields));
    case "cbor": {
      const form = { name: "CBOR", cursor: new CborCursor(new StringCache()) };
      return itemWriter(treeOf(fields), { ...form, text: 0x79, null: 0xf6 });
    }
    case "msgpack": {
      const form = { name: "MessagePack", cursor: new MsgpackCursor(new StringCache()) };
      return itemWriter(treeOf(fields), { ...form, text: 0xda, null: 0xc0 });
    }
    case "csv":
      return csvWriter(codec, fields);
    case "binary":
      return frameWriter(codec, fields);
    case "text":
      return textWriter(fields);
  }
}

function treeOf(fields: readonly PrivateField[]): RedactionNode<PrivacyAction> {
  return redactionTree(
    fields.flatMap(({ address, action }) =>
      address.kind === "path" ? [{ path: address.path, action }] : [],
    ),
  );
}

/** A blank field is NULL. A text in a quote that does not end is no line. */
function csvWriter(
  { dialect, skipLines }: Extract<PrivateCodec, { type: "csv" }>,
  fields: readonly PrivateField[],
): PrivateWriter {
  const actions = new Map(
    fields.flatMap(({ address, action }) =>
      address.kind === "column" ? [[address.column, action] as const] : [],
    ),
  );
  return {
    withheld: Buffer.from(`${dialect.quote ?? ""}${withheldText("CSV")}`),
    redact(payload, of) {
      const text = utf8Text(payload);
      if (text === undefined) return undefined;
      const options = { dialect, skipLines, actions };
      const redacted = redactCsv(text, options, (field, action) => of(field, action) ?? "");
      return redacted === undefined ? undefined : Buffer.from(redacted);
    },
  };
}

/** All resources have the same text, and the same is done for all; a blank one is NULL. Any text may be a value. */
function textWriter([field]: readonly PrivateField[]): PrivateWriter {
  return {
    withheld: Buffer.from([0xff]),
    redact(payload, of) {
      const text = utf8Text(payload)?.trim();
      if (text === undefined || field === undefined) return undefined;
      return Buffer.from(of(text === "" ? undefined : text, field.action) ?? "");
    },
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function utf8Text(payload: Buffer): string | undefined {
  try {
    return decoder.decode(payload);
  } catch {
    return undefined;
  }
}

/** What is dropped is zero, and no column is read from it. No frame is empty where something is private. */
function frameWriter(
  codec: Extract<PrivateCodec, { type: "binary" }>,
  fields: readonly PrivateField[],
): PrivateWriter {
  const redact = frameRedaction(
    codec,
    fields.flatMap(({ address, action }) =>
      address.kind === "bytes" ? [{ address, action }] : [],
    ),
  );
  return { withheld: Buffer.alloc(0), redact };
}

function withheldText(name: string): string {
  return `withheld: the payload is not ${name}`;
}

function jsonWriter(tree: RedactionNode<PrivacyAction>): PrivateWriter {
  const cursor = new JsonCursor();
  return {
    withheld: Buffer.from(JSON.stringify(withheldText("JSON"))),
    redact(payload, of) {
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

interface ItemForm {
  readonly name: string;
  readonly cursor: TreeCursor;
  /** The first byte of a text whose length is in the two bytes after it. */
  readonly text: number;
  /** NULL. */
  readonly null: number;
}

function itemWriter(tree: RedactionNode<PrivacyAction>, form: ItemForm): PrivateWriter {
  const { name, cursor } = form;
  const write = (text: string | null): Buffer => {
    if (text === null) return Buffer.from([form.null]);
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from([form.text, bytes.length >> 8, bytes.length & 0xff]), bytes]);
  };
  return {
    withheld: write(withheldText(name)),
    redact(payload, of) {
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
