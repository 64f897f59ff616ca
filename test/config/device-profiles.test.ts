import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { loadProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import type { Profile, ProfileExample } from "../../src/config/profile.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "../decode/batch.ts";

const FOLDER = join(import.meta.dirname, "../../device-profiles");
const files = globSync("*/*.yaml", { cwd: FOLDER }).sort();

test("at least two device profiles are here, each with examples and a simulation", () => {
  assert.ok(files.length >= 2);
  for (const file of files) {
    const profile = loadProfile(join(FOLDER, file));
    assert.ok(profile.examples.length >= 2, file);
    assert.notEqual(profile.simulate, undefined, file);
  }
});

for (const file of files) {
  const profile = loadProfile(join(FOLDER, file));
  for (const [i, example] of profile.examples.entries()) {
    test(`example ${i + 1} of ${file} is decoded as it says`, () => checkExample(profile, example));
  }
}

function checkExample(profile: Profile, example: ProfileExample): void {
  const table = profileTable(profile);
  const reader = new MessageReader();
  const decoder = new Decoder({
    tables: [
      { table, required: table.columns.map((_, i) => i), profile: profileDecoding(profile) },
    ],
    gatewayId: "gw",
    receiveMaximum: 1000,
    reader,
  });
  const { topic, payload, receiveTimeMs, expect } = example;
  reader.load(messageBatch([{ topic, payload, afterMs: receiveTimeMs - RECEIVE_TIME_MS }]));
  const { tables, deadLetters } = decoder.decode();
  if ("deadLetter" in expect) {
    assert.equal(deadLetters.length, 1);
    assert.ok(deadLetters[0]?.reason.includes(expect.deadLetter), deadLetters[0]?.reason);
    return;
  }
  assert.deepEqual(deadLetters, []);
  const [row = {}] = tables.flatMap((batch) => rowsOf(table, batch));
  for (const [name, value] of Object.entries(expect.row)) {
    const column = table.columns.find((candidate) => candidate.name === name);
    assert.notEqual(column, undefined, `example names the column ${name}, which is not there`);
    const isTime = column?.type.kind === "TIMESTAMP_LTZ" && typeof value === "string";
    assert.equal(row[name], isTime ? Date.parse(value) : value, name);
  }
}
