// The events of `headrace sql`: JSON lines from one file for all tables, or from one file per table merged by line
// number. Handed on in message batches, so that they are decoded by the gateway's own decoder.

import { closeSync, openSync, readSync } from "node:fs";

import { GatewayError } from "../../core/errors.ts";
import { BATCH_BYTES, BATCH_MESSAGES } from "../../core/limits.ts";
import { STRIDE } from "../../core/message-batch.ts";
import type { MessageBatch } from "../../core/message-batch.ts";

/** One event: the payload as text, the table it belongs to, and where it stands. */
export interface InputLine {
  readonly table: string;
  readonly payload: string;
  readonly file: string;
  readonly line: number;
}

/** `--input` as parsed: one file for all tables (`table` undefined), or a file per table. */
export interface InputFile {
  readonly table: string | undefined;
  readonly file: string;
}

/** Parses `file` or `table=file`. */
export function parseInput(text: string, tables: readonly string[]): InputFile {
  const at = text.indexOf("=");
  const table = text.slice(0, Math.max(at, 0));
  return tables.includes(table)
    ? { table, file: text.slice(at + 1) }
    : { table: undefined, file: text };
}

/**
 * All events in the order in which they arrive. Blank lines are passed over. Throws INPUT_UNREADABLE (blame config)
 * for a file that cannot be read, ROW_INVALID (blame data) for a line that names no table.
 */
export function* inputLines(
  inputs: readonly InputFile[],
  tables: readonly string[],
): Generator<InputLine, void, void> {
  const open = inputs.map((input) => ({ input, lines: fileLines(input.file), number: 0 }));
  for (let left = open; left.length > 0;) {
    const next: typeof open = [];
    for (const source of left) {
      const { done, value } = source.lines.next();
      if (done === true) continue;
      next.push(source);
      source.number++;
      const at = { file: source.input.file, line: source.number };
      if (value.trim() === "") continue;
      yield { table: tableOf(value, source.input, tables, at), payload: value, ...at };
    }
    left = next;
  }
}

function tableOf(
  payload: string,
  input: InputFile,
  tables: readonly string[],
  at: { file: string; line: number },
): string {
  if (input.table !== undefined) return input.table;
  const [only] = tables;
  if (tables.length === 1 && only !== undefined) return only;
  let name: unknown;
  try {
    name = (JSON.parse(payload) as Record<string, unknown>)["$table"];
  } catch {
    name = undefined;
  }
  if (typeof name === "string" && tables.includes(name)) return name;
  throw new GatewayError(`${at.file}:${at.line} the line names no table`, {
    code: "ROW_INVALID",
    blame: "data",
    hint: `with several tables each line carries "$table": one of ${tables.join(", ")}`,
  });
}

const CHUNK_BYTES = 256 * 1024;

function* fileLines(file: string): Generator<string, void, void> {
  const descriptor = readable(file, () => openSync(file, "r"));
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest = Buffer.alloc(0);
    for (;;) {
      const read = readable(file, () => readSync(descriptor, chunk));
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield bytes.toString("utf8", start, end);
        start = end + 1;
      }
      rest = Buffer.from(bytes.subarray(start));
      if (read === 0) break;
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(descriptor);
  }
}

function readable(file: string, work: () => number): number {
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

/**
 * Lines as message batches; each line's topic is its table's name. `lines` are those of the batch. A bad line is
 * thrown after those before it were handed on.
 */
export function* inputBatches(
  lines: Iterable<InputLine>,
): Generator<{ batch: MessageBatch; lines: readonly InputLine[] }, void, void> {
  let gathered: InputLine[] = [];
  let bytes = 0;
  let failure: GatewayError | undefined;
  try {
    for (const line of lines) {
      gathered.push(line);
      bytes += line.payload.length;
      if (gathered.length < BATCH_MESSAGES && bytes < BATCH_BYTES) continue;
      yield { batch: toBatch(gathered), lines: gathered };
      gathered = [];
      bytes = 0;
    }
  } catch (error) {
    // A file that cannot be read is another matter: nothing may have been printed then.
    if (!(error instanceof GatewayError) || error.blame !== "data") throw error;
    failure = error;
  }
  if (gathered.length > 0) yield { batch: toBatch(gathered), lines: gathered };
  if (failure !== undefined) throw failure;
}

function toBatch(lines: readonly InputLine[]): MessageBatch {
  const topics = [...new Set(lines.map(({ table }) => table))];
  const payloads = lines.map(({ payload }) => Buffer.from(payload));
  const all = Uint8Array.from(Buffer.concat(payloads));
  const words = new Uint32Array(lines.length * STRIDE);
  let end = 0;
  for (const [i, line] of lines.entries()) {
    end += (payloads[i] as Buffer).length;
    words[i * STRIDE] = end;
    words[i * STRIDE + 1] = topics.indexOf(line.table);
  }
  return {
    id: 0,
    count: lines.length,
    receiveTimeMs: 0,
    engineTimeMs: 0,
    bytes: all.buffer,
    byteLength: all.length,
    words: words.buffer,
    topicIds: Uint32Array.from(topics.keys()),
    topicNames: new Map(topics.entries()),
    clients: [{ source: "input", clientId: "", session: 0 }],
    truncated: new Map(),
  };
}
