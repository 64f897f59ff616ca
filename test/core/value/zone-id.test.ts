import assert from "node:assert/strict";
import { test } from "node:test";

import { timeZoneOf, zoneIdOf } from "../../../src/core/value/zone-id.ts";

const HOUR = 3_600_000;

test("java.time takes offsets and regions, and nothing else", () => {
  for (const [name, zone] of [
    ["Z", 0],
    ["UTC", 0],
    ["+8", 8 * HOUR],
    ["+08:30", 8.5 * HOUR],
    ["-0130", -1.5 * HOUR],
    ["+08:00:15", 8 * HOUR + 15_000],
    ["UTC+3", 3 * HOUR],
    ["GMT-1", -HOUR],
    ["+18:00", 18 * HOUR],
    ["Europe/Berlin", "Europe/Berlin"],
    ["GMT0", "GMT0"],
  ] as const) {
    assert.equal(zoneIdOf(name), zone, name);
  }
  for (const name of [
    "",
    "utc",
    "europe/berlin",
    "Mars/Phobos",
    "EST",
    "PST",
    "+18:01",
    "+1:00",
    "+8:",
    "UTC3",
  ]) {
    assert.equal(zoneIdOf(name), undefined, name);
  }
});

test("java.util takes what it does not know for GMT", () => {
  for (const [name, zone] of [
    ["GMT+8", 8 * HOUR],
    ["GMT-08:30", -8.5 * HOUR],
    ["GMT+24", 0],
    ["+08:00", 0],
    ["Mars/Phobos", 0],
    ["europe/berlin", 0],
    ["EST", "EST"],
  ] as const) {
    assert.equal(timeZoneOf(name), zone, name);
  }
});
