// The events of `headrace sql` from files: lines of any length, and where each came from.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { Input } from "../../../src/cli/sql/input.ts";
import { LineReader } from "../../../src/cli/sql/line-reader.ts";
import { MessageReader } from "../../../src/core/message-reader.ts";
import { folderWith } from "../../gateway/process.ts";

function linesOf(context: TestContext, text: string): string[] {
  const reader = new LineReader(join(folderWith(context, { "a.jsonl": text }), "a.jsonl"));
  assert.equal(reader.size, Buffer.byteLength(text));
  const lines: string[] = [];
  while (reader.next()) {
    lines.push(reader.bytes.toString("utf8", reader.start, reader.end));
    assert.equal(reader.number, lines.length);
  }
  assert.equal(reader.read, reader.size);
  assert.equal(reader.next(), false);
  return lines;
}

describe("the lines of a file", () => {
  it("end at LF, the last one also without", (context) => {
    assert.deepEqual(linesOf(context, ""), []);
    assert.deepEqual(linesOf(context, "\n"), [""]);
    assert.deepEqual(linesOf(context, "a"), ["a"]);
    assert.deepEqual(linesOf(context, "a\n\nb\n"), ["a", "", "b"]);
  });

  it("may be of any length", (context) => {
    for (const around of [256 * 1024, 512 * 1024]) {
      for (const length of [around - 2, around - 1, around, around + 1]) {
        const lines = ["x".repeat(length), "é", "y".repeat(3 * length), "", "z"];
        assert.deepEqual(linesOf(context, lines.join("\n")), lines);
      }
    }
  });
});

describe("the input of headrace sql", () => {
  /** `place payload` of all events, over all batches. */
  function events(
    context: TestContext,
    files: Record<string, string>,
    read: string[],
    others: string[] = [],
  ): string[] {
    const folder = folderWith(context, files);
    const names = Object.keys(files);
    const inputs = names.map((file) => ({
      file: join(folder, file),
      table: names.length === 1 ? undefined : file,
    }));
    const reader = new MessageReader();
    const seen: string[] = [];
    for (const batch of new Input(inputs, { read, declared: [...read, ...others] }).batches()) {
      reader.load(batch.messages);
      for (let message = 0; message < reader.count; message++) {
        const { file, line } = batch.place(message);
        const payload = Buffer.from(reader.payload(message)).toString();
        seen.push(`${file.slice(folder.length + 1)}:${line} ${reader.topic(message)} ${payload}`);
      }
    }
    return seen;
  }

  it("passes over blank lines and counts them", (context) => {
    assert.deepEqual(events(context, { f: "\n{}\n \t\r\n{}\r\n" }, ["t"]), [
      "f:2 t {}",
      "f:4 t {}\r",
    ]);
  });

  it("passes over events of tables that no query reads", (context) => {
    const lines = ['{"$table":"a"}', '{"$table":"b"}', '{"v":1}', '{"$table":"a","v":2}'];
    assert.deepEqual(events(context, { f: lines.join("\n") }, ["a"], ["b"]), [
      'f:1 a {"$table":"a"}',
      'f:3 a {"v":1}',
      'f:4 a {"$table":"a","v":2}',
    ]);
    assert.deepEqual(events(context, { a: "1\n2\n", b: "x\n" }, ["a"], ["b"]), [
      "a:1 a 1",
      "a:2 a 2",
    ]);
    assert.deepEqual(events(context, { f: "{}" }, [], ["a"]), []);
    assert.throws(
      () => events(context, { f: '{"$table":"c"}' }, ["a"], ["b"]),
      /f:1 the line names no/,
    );
  });

  it("takes the line as the payload where one table is declared", (context) => {
    assert.deepEqual(events(context, { f: '{"$table":"b"}\nno JSON' }, ["a"]), [
      'f:1 a {"$table":"b"}',
      "f:2 a no JSON",
    ]);
  });

  it("takes a line of each file in turn, until all have ended", (context) => {
    assert.deepEqual(events(context, { a: "1\n2\n3\n", b: "x\n" }, ["a", "b"]), [
      "a:1 a 1",
      "b:1 b x",
      "a:2 a 2",
      "a:3 a 3",
    ]);
  });

  it("finds the table's name wherever it stands in the line", (context) => {
    const lines = ['{"$table":"b"}', '{"v":{"$table":"b"},"$table":"a"}', '{"$table":"\\u0061"}'];
    assert.deepEqual(
      events(context, { f: lines.join("\n") }, ["a", "b"]).map((line) => line.split(" ")[1]),
      ["b", "a", "a"],
    );
    for (const bad of ['{"$table":1}', '{"$table":{}}', "{}", "[]", "no JSON", '{"$table":"c"}']) {
      assert.throws(() => events(context, { f: bad }, ["a", "b"]), /f:1 the line names no table/);
    }
  });

  it("goes over from batch to batch, also for lines larger than one", (context) => {
    const lines = Array.from({ length: 9000 }, (_, index) => `{"n":${index}}`);
    const large = `{"text":"${"x".repeat(3 * 1024 * 1024)}"}`;
    const all = [...lines, large, ...lines];
    assert.deepEqual(
      events(context, { f: all.join("\n") }, ["t"]),
      all.map((line, index) => `f:${index + 1} t ${line}`),
    );
  });
});
