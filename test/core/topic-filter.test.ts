import assert from "node:assert/strict";
import { test } from "node:test";

import { topicCaptures, topicMatches } from "../../src/core/topic-filter.ts";

test("filters match as MQTT 5.0 §4.7 says", () => {
  const matching = [
    ["sport/tennis/player1/#", "sport/tennis/player1"],
    ["sport/tennis/player1/#", "sport/tennis/player1/ranking"],
    ["sport/#", "sport"],
    ["#", "a/b/c"],
    ["sport/tennis/+", "sport/tennis/player1"],
    ["+/+", "/finance"],
    ["/+", "/finance"],
    ["sport/+", "sport/"],
    ["+/tennis/#", "sport/tennis"],
    ["$SYS/#", "$SYS/broker"],
    ["$SYS/+", "$SYS/broker"],
    ["a", "a"],
  ] as const;
  for (const [filter, topic] of matching)
    assert.ok(topicMatches(filter, topic), `${filter} ${topic}`);
  const others = [
    ["sport/tennis/+", "sport/tennis/player1/ranking"],
    ["sport/+", "sport"],
    ["+", "/finance"],
    ["a", "A"],
    ["a", "a/"],
    ["#", "$SYS/broker"],
    ["+/broker", "$SYS/broker"],
  ] as const;
  for (const [filter, topic] of others)
    assert.ok(!topicMatches(filter, topic), `${filter} ${topic}`);
});

test("captures take whole levels, and {name...} the rest", () => {
  assert.deepEqual(topicCaptures("plant/{line}/{device}/up", "plant/l1/d1/up"), ["l1", "d1"]);
  assert.equal(topicCaptures("plant/{line}/{device}/up", "plant/l1/d1/down"), undefined);
  assert.equal(topicCaptures("plant/{line}/{device}/up", "plant/l1/d1"), undefined);
  assert.deepEqual(topicCaptures("zigbee2mqtt/{device...}", "zigbee2mqtt/a/b"), ["a/b"]);
  assert.equal(topicCaptures("zigbee2mqtt/{device...}", "zigbee2mqtt"), undefined);
  assert.deepEqual(topicCaptures("+/{device}/#", "x/d"), ["d"]);
  assert.deepEqual(topicCaptures("+/{device}/#", "x/d/y/z"), ["d"]);
  assert.equal(topicCaptures("{device}/up", "$SYS/up"), undefined);
});
