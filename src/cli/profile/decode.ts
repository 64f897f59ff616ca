// `headrace profile decode NAME|FILE PAYLOAD`: the rows of one message, and what each byte of a binary frame means.
// Exit code 1 for a message that would be a dead letter, with the reason.

import type { Profile } from "../../config/profile.ts";
import { GatewayError } from "../../core/errors.ts";
import { rowJsonWriter } from "../../core/value/row-json.ts";
import { decodeMessage } from "./decoding.ts";
import { findProfile } from "./find.ts";
import { frameParts } from "./frame.ts";
import type { FramePart } from "./frame.ts";
import { textTable } from "./text-table.ts";

export interface DecodeOptions {
  /** Default: the profile's topic, each capture by its own name. */
  readonly topic?: string;
  /** When the message came; default: now. */
  readonly received?: string;
  readonly json?: boolean;
}

export function decode(nameOrFile: string, payload: string, options: DecodeOptions): number {
  const profile = findProfile(nameOrFile);
  const bytes = isTextual(profile) ? Buffer.from(payload) : hexBytes(payload);
  const decoded = decodeMessage(profile, {
    topic: options.topic ?? profile.topic.replaceAll(/\{(\w+)(?:\.\.\.)?\}/g, "$1"),
    payload: bytes,
    receiveTimeMs: receiveTime(options.received),
  });
  const frame = frameParts(profile, bytes, decoded);
  const reason = "reason" in decoded ? decoded.reason : undefined;
  const write = rowJsonWriter(decoded.table.columns, "print");
  const rows = "rows" in decoded ? decoded.rows.map(write) : [];
  if (options.json) {
    const more = JSON.stringify({ frame, deadLetter: reason }).slice(1);
    process.stdout.write(`{"rows":[${rows.join(",")}]${more === "}" ? "" : ","}${more}\n`);
  } else {
    const lines = frame === undefined ? rows : [...frameText(frame), "", ...rows];
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    if (reason !== undefined) process.stderr.write(`dead letter: ${reason}\n`);
  }
  return reason === undefined ? 0 : 1;
}

function frameText(parts: readonly FramePart[]): string[] {
  const rows = parts.map(({ offset, bytes, field, type, raw, value }) => {
    return [String(offset), bytes, field === "" ? "-" : field, type, raw, value];
  });
  return textTable([["byte", "bytes", "field", "type", "raw", "value"], ...rows], [0]);
}

/** Whether payloads are written on the command line as they are; others as hexadecimal digits. */
function isTextual({ codec }: Profile): boolean {
  return codec.type === "senml"
    ? codec.encoding === "json"
    : ["json", "csv", "text"].includes(codec.type);
}

function hexBytes(text: string): Uint8Array {
  const wrong = /[^0-9a-fA-F\s]/.exec(text);
  const digits = text.replaceAll(/\s/g, "");
  if (wrong === null && digits.length % 2 === 0) return Buffer.from(digits, "hex");
  const message =
    wrong === null
      ? `the payload has ${digits.length} hexadecimal digits: half a byte at its end`
      : `character ${wrong.index + 1} of the payload, "${wrong[0]}", is no hexadecimal digit`;
  throw misused(message, "Write the bytes of the payload as 0a1b2c.");
}

function receiveTime(text: string | undefined): number {
  const ms = text === undefined ? Date.now() : Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw misused(`--received ${text} is not a time`, "Write it as 2026-01-01T00:00:00Z.");
}

function misused(message: string, hint: string): GatewayError {
  return new GatewayError(message, { code: "USAGE", blame: "config", hint });
}
